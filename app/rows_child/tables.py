"""Rows as one table: CSV for people, Parquet for tools."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.rows_child.reading import Count, Job, as_moment, rows_of, worded
from app.rows_child.sheets import NUMBER, REMEMBERED, UNWRITABLE

# A figure that a column of twenty digits holds, two of them decimals.
_FITS = re.compile(r"-?[0-9]{1,18}(\.[0-9]+)?")
# What is said of each group is kept until the end of the file: many small ones would take more room than few large ones.
_ROWS_A_GROUP = 10_000


def write_csv(job: Job, connection: Any, said: Count) -> list[int]:
    """With a byte-order mark, so that Excel reads it as Thai; what a spreadsheet would run is disarmed, numbers stay numbers."""
    (sheet,) = job["sheets"]
    zone, dangerous, count = ZoneInfo(job["zone"]), tuple(job["dangerous"]), 0
    with Path(job["target"]).open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column["heading"] for column in sheet["columns"]])
        plain = [_Plain(column, zone, dangerous) for column in sheet["columns"]]
        for batch in rows_of(sheet, connection):
            writer.writerows([[cells[value] for cells, value in zip(plain, row, strict=True)] for row in batch])
            count += len(batch)
            said(len(batch))
    return [count]


class _Plain(dict[Any, Any]):
    """A value as it stands in a CSV file, remembered as `Cells` does."""

    def __init__(self, column: Job, zone: ZoneInfo, dangerous: tuple[str, ...]) -> None:
        self.column, self.zone, self.dangerous = column, zone, dangerous

    def __missing__(self, value: Any) -> Any:
        if len(self) > REMEMBERED:
            self.clear()
        made = self[value] = self._make(worded(value, self.column))
        return made

    def _make(self, value: Any) -> Any:
        if value is None:
            return ""
        if self.column["kind"] == "moment":
            return f"{as_moment(value).astimezone(self.zone):%Y-%m-%d %H:%M:%S}"
        text = str(value)
        if self.column["kind"] in ("whole", "decimal") and NUMBER.fullmatch(text):
            return text
        text = UNWRITABLE.sub("", text)
        return f"'{text}" if text.startswith(self.dangerous) else text


def write_parquet(job: Job, connection: Any, said: Count) -> list[int]:
    """Keys for names, values as the system keeps them, moments in UTC: for tools, not for people."""
    import pyarrow as pa
    from pyarrow import parquet

    (sheet,) = job["sheets"]
    kinds = {"text": pa.string(), "whole": pa.int64(), "decimal": pa.decimal128(20, 2), "moment": pa.timestamp("us", tz="UTC")}
    columns = sheet["columns"]
    schema = pa.schema([(column["key"], kinds[column["kind"]]) for column in columns])
    readers = [_TYPED[column["kind"]] for column in columns]
    count, gathered = 0, 0
    group: list[pa.RecordBatch] = []
    with parquet.ParquetWriter(job["target"], schema) as writer:
        for batch in rows_of(sheet, connection):
            if not batch:  # reports that tell nothing of this table
                continue
            arrays = [
                pa.array([None if value is None else read(value) for value in values], type=schema.field(place).type)
                for place, (read, values) in enumerate(zip(readers, zip(*batch, strict=True), strict=True))
            ]
            group.append(pa.record_batch(arrays, schema=schema))
            count, gathered = count + len(batch), gathered + len(batch)
            if gathered >= _ROWS_A_GROUP:
                writer.write_table(pa.Table.from_batches(group))
                group, gathered = [], 0
            said(len(batch))
        if group:
            writer.write_table(pa.Table.from_batches(group))
    return [count]


_TYPED: dict[str, Callable[[Any], Any]] = {
    "text": lambda value: UNWRITABLE.sub("", str(value)),
    "whole": int,
    "decimal": lambda value: Decimal(str(value)).quantize(Decimal("0.01")) if _FITS.fullmatch(str(value)) else None,
    "moment": as_moment,
}
