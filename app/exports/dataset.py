"""The frozen rows as CSV, from which anybody reckons the published tables again."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable

from app.domain.dataset import Row
from app.exports.disarming import disarmed

# Fixed names, whatever the language of the page: programs read them.
COLUMNS = (
    "area_code",
    "kind",
    "region",
    "indicator",
    "reported",
    "self_level",
    "level",
    "basis",
    "comment",
    "verdicts",
)


def as_csv(rows: Iterable[Row]) -> bytes:
    """With a byte-order mark, so that Excel reads it as Thai; what a spreadsheet would run is disarmed. An empty cell is no level."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [
                disarmed(row.area_code),
                row.kind,
                row.region,
                disarmed(row.full_code),
                int(row.is_reported),
                "" if row.self_level is None else row.self_level,
                "" if row.level is None else row.level,
                row.basis,
                disarmed(row.comment),
                disarmed(json.dumps(row.verdicts, ensure_ascii=False, sort_keys=True)),
            ]
        )
    return ("\ufeff" + made.getvalue()).encode("utf-8")
