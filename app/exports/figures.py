"""The table of a chart as CSV that Excel opens with Thai intact."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from app.exports.disarming import disarmed


def as_csv(headings: Sequence[str], rows: Iterable[Sequence[str | int | Decimal | None]]) -> bytes:
    """With a byte-order mark; what a spreadsheet would run is disarmed. An empty cell is no figure."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([disarmed(heading) for heading in headings])
    for row in rows:
        writer.writerow([disarmed(value) if isinstance(value, str) else value for value in row])
    return ("\ufeff" + made.getvalue()).encode("utf-8")
