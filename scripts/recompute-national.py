#!/usr/bin/env python3
"""Reckon the national table again from the exported rows of a dataset, knowing nothing of e-MES.

    scripts/recompute-national.py emes-2566-6-dataset-1-0a1b2c3d.csv

One line an indicator and one for everything, separated by tabs: indicator, asked for, handed in, with a result, mean of the self-levels,
mean of the results, how many results of level 5, 4, 3, 2, 1. Means have two decimals, halves rounded up; '–' where there is nothing."""

import csv
import sys
from decimal import ROUND_HALF_UP, Decimal


def mean(values):
    if not values:
        return "–"
    return str((Decimal(sum(values)) / Decimal(len(values))).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP))


def line(name, rows):
    selves = [int(row["self_level"]) for row in rows if row["self_level"]]
    levels = [int(row["level"]) for row in rows if row["level"]]
    handed_in = sum(row["reported"] == "1" for row in rows)
    counts = [str(levels.count(level)) for level in (5, 4, 3, 2, 1)]
    return "\t".join([name, str(len(rows)), str(handed_in), str(len(levels)), mean(selves), mean(levels), *counts])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8-sig", newline="") as file:  # noqa: PTH123 - nothing but csv, decimal and sys
        rows = list(csv.DictReader(file))
    by_indicator = {}
    for row in rows:
        by_indicator.setdefault(row["indicator"], []).append(row)
    for name in sorted(by_indicator):
        sys.stdout.write(line(name, by_indicator[name]) + "\n")
    sys.stdout.write(line("total", rows) + "\n")


if __name__ == "__main__":
    main()
