"""The rows that floors and peers are handed: the same statement and the same 24 columns as the project's own table of reports.

They come out of one server-side cursor, plain: keys in the place of words, no links, moments without their zone. That is less work than the
project's own writer does, which asks for some offices after the others, puts keys into words and disarms texts. Imports nothing of the
application, so that it runs in the peers' environment too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Any

import psycopg

Job = dict[str, Any]
# In this order: eight that name office and indicator, part, then what follows from the report.
COLUMNS = (
    *("area_code", "area", "kind", "region", "provinces", "cluster", "indicator", "indicator_text", "part"),
    *("state", "timing", "handed_in_at", "receipt", "times", "files", "is_challenge", "problems"),
    *("self_level", "level", "gap", "basis", "comment", "reporter_name", "reporter_position"),
)
_ROWS_AT_ONCE = 2000


def statement(job: Job, most_rows: int | None = None) -> str:
    """The statement of a job for all its offices at once, or for as many as `most_rows` rows take."""
    (sheet,) = job["sheets"]
    ids = ",".join(str(int(area_id)) for area_id in chain.from_iterable(sheet["offices"]))
    sql = str(sheet["sql"].replace(sheet["mark"], f"({ids})"))
    return sql if most_rows is None else f"{sql} LIMIT {most_rows:d}"


def rows(job: Job, most_rows: int | None = None) -> Iterator[Sequence[Any]]:
    """The rows, one by one."""
    with closing(psycopg.connect(job["database"])) as connection:
        cursor = connection.cursor(name="measured")
        cursor.itersize = _ROWS_AT_ONCE
        cursor.execute(statement(job, most_rows))
        for raw in cursor:
            yield _shaped(raw)


def _shaped(raw: Sequence[Any]) -> Sequence[Any]:
    *named, timing, at, receipt, times, self_level, level, basis, comment, content = raw
    kept: dict[str, Any] = content or {}
    fields = kept.get("fields", {})
    return (
        *named,
        "not_sent" if timing is None else "sent",
        timing,
        _plain(at),
        receipt,
        times,
        len(kept.get("evidence", ())) if timing is not None else None,
        fields.get("is_challenge"),
        fields.get("problems"),
        self_level,
        level,
        level - self_level if level is not None and self_level is not None else None,
        basis,
        comment,
        fields.get("reporter_name"),
        fields.get("reporter_position"),
    )


def _plain(moment: datetime | None) -> datetime | None:
    """Libraries that write sheets refuse a moment with its zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment is not None else None


def batches(job: Job, most_rows: int | None = None) -> Iterator[list[Sequence[Any]]]:
    """The rows, some at a time."""
    source = rows(job, most_rows)
    while batch := list(islice(source, _ROWS_AT_ONCE)):
        yield batch
