"""docs/benchmarks.md out of the figures that the benchmarks left: `python -m benchmarks.report`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import beside_traffic, exports, report_web, web
from benchmarks.measuring import ROOT
from benchmarks.report_tables import circumstances, table

REPORT = ROOT / "docs" / "benchmarks.md"
_HEAD = """# What pages, saves and files cost

Made by `python -m benchmarks.report` from `benchmarks/results/`. To repeat it: `make bench`, shorter with `BENCH_ARGS="--share 0.1
--no-rush"`; it makes its databases in `/var/tmp/emes-benchmarks`, uses them again the next time, and installs the peers into environments
of their own there. `python -m benchmarks.web --help` and `python -m benchmarks.exports --help` name the options.
Only figures of one run compare: CPU seconds hardly depend on what else the machine does, seconds on the wall do.
"""
_EXPORTS = """
## Reports as a table

{circumstances}

Each writer is a process of its own and takes 24 columns of every report out of the same database. e-MES writes the file that people get:
words in the reader's language, styles, dictionary, texts disarmed. Floors and peers are handed plain keys out of one cursor, which is less
work; all run at the same low priority. Peak is the most memory that the process ever held; CPU is of the process, without the database's.
Each figure is the median of so many runs, the peak the highest of them; "csv" is Python's csv, "pandas" is pandas + openpyxl.
"""
_TRAFFIC = """
## Beside people at work

{circumstances}

{clients} signed-in clients read and save reports with {least}–{most} s of thinking between, alone, beside each file that an analyst asks for
on the page, and alone again. Ratios are to the mean of both times alone. The file is made by the worker, its rows by a process at a
lower priority. Before, the web process held {web:.0f} MiB and the worker {worker:.0f} MiB.
"""


def _ratio(line: Mapping[str, Any], name: str) -> str:
    return f"{line[name]:.2f}" if name in line else "–"


def _cost(line: Mapping[str, Any]) -> list[str]:
    if "fault" in line:
        return [line["name"], f"not measured: {line['fault']}", *[""] * 8]
    name = line["name"]
    if line["measured_rows"] != line["rows"]:
        name += f" (scaled from {line['measured_rows']:,} rows)"
    figures = [f"{line['wall']:.1f}", f"{line['cpu']:.1f}", f"{line['peak_mib']:.0f}", f"{line['file_mb']:.1f}"]
    ratios = [_ratio(line, f"{kind}_to_{other}") for other in ("floor", "slowest") for kind in ("wall", "cpu")]
    return [name, *figures, *ratios, str(line["runs"])]


def of_exports(found: Mapping[str, Any]) -> Iterator[str]:
    """The costs of every writer by size, and how the project's memory grows."""
    yield _EXPORTS.format(circumstances=circumstances(found))
    heads = [
        "writer",
        "wall s",
        "CPU s",
        "peak MiB",
        "file MB",
        "wall ÷ csv",
        "CPU ÷ csv",
        "wall ÷ pandas",
        "CPU ÷ pandas",
        "runs",
    ]
    for rows, lines in found["sizes"].items():
        if len(lines) > len(exports.OURS):
            yield f"\n### {int(rows):,} rows\n\n{table(heads, [_cost(line) for line in lines])}"
    yield "\n### Memory by the number of rows, peak in MiB\n\n"
    ours = [[line["name"], *_peaks(found, line["key"])] for line in next(iter(found["sizes"].values()))[: len(exports.OURS)]]
    yield table(["writer", *[f"{int(rows):,}" for rows in found["sizes"]]], ours)
    yield "\nPeers: " + ", ".join(f"{name} {version}" for name, version in found["peers"].items()) + ".\n"


def _peaks(found: Mapping[str, Any], key: str) -> list[str]:
    lines = [line for size in found["sizes"].values() for line in size if line["key"] == key]
    return [f"{line['peak_mib']:.0f}" if "peak_mib" in line else "–" for line in lines]


def of_traffic(found: Mapping[str, Any]) -> Iterator[str]:
    """What the clients noticed, and what the processes held."""
    least, most = beside_traffic.THINKING_SECONDS
    yield _TRAFFIC.format(
        circumstances=circumstances(found), clients=found["clients"], least=least, most=most, **found["idle_mib"]
    )
    heads = [
        "beside",
        "pages",
        "p50 ms",
        "p95 ms",
        "saves",
        "p50 ms",
        "p95 ms",
        "errors",
        "file",
        "peak MiB: web, worker, rows",
    ]
    yield "\n" + table(heads, [_phase(phase) for phase in found["phases"]])
    yield "\n"
    names = ["pages_p50_ms", "pages_p95_ms", "saves_p50_ms", "saves_p95_ms"]
    rows = [[beside, *[f"{ratios[name]:.2f}" for name in names]] for beside, ratios in found["ratios"].items()]
    yield table(["ratio to alone", "pages p50", "pages p95", "saves p50", "saves p95"], rows)


def _phase(phase: Mapping[str, Any]) -> list[str]:
    figures = [
        text
        for what in ("pages", "saves")
        for text in (str(phase[what]), f"{phase[f'{what}_p50_ms']:.0f}", f"{phase[f'{what}_p95_ms']:.0f}")
    ]
    made = peaks = ""
    if "file" in phase:
        made = f"{phase['file']['rows']:,} rows, {phase['file']['state']} in {phase['file']['seconds']:.0f} s"
        peaks = ", ".join(f"{phase['peaks_mib'].get(kind, 0):.0f}" for kind in ("web", "worker", "rows"))
    return [phase["beside"] or "alone", *figures, str(phase["errors"]), made, peaks]


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    parts = [_HEAD]
    for path, told in ((web.RESULTS, report_web.of_web), (exports.RESULTS, of_exports), (beside_traffic.RESULTS, of_traffic)):
        if path.exists():
            parts.extend(told(json.loads(path.read_text(encoding="utf-8"))))
    REPORT.write_text("".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
