"""Published results of a round as CSV: what the API answers, row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.exports.disarming import disarmed


def as_csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> bytes:
    """With a byte-order mark, so that Excel reads it as Thai; what a spreadsheet would run is disarmed. An empty cell is no value."""
    made = io.StringIO()
    writer = csv.writer(made)
    names = list(columns)
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return ("\ufeff" + made.getvalue()).encode("utf-8")


def _cell(value: Any) -> str | int:
    if value is None:
        return ""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return disarmed(value) if isinstance(value, str) else int(value)
