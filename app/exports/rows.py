"""Having rows written by a process of its own (`app.rows_child`): the job it is given, what it says, and its end."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from flask_babel import gettext

from app import rows_child
from app.domain import calendar
from app.exports.disarming import DANGEROUS
from app.exports.tables import Column
from app.extensions import db
from app.queries.round_rows import OFFICES

CHILD = Path(rows_child.__file__).parent
ROWS_A_STEP = 2000
_LISTEN_SECONDS = 1.0
# Sheets whose XML may grow beyond 2 GiB say so in a way that old programs do not read.
_LARGE_ROWS = 300_000

Progress = Callable[[int], None]


class WritingFailed(RuntimeError):
    """The process ended before the file was whole."""


class TooManyRows(RuntimeError):
    """The rows do not fit on a sheet: another format holds them."""


@dataclass(frozen=True)
class Rows:
    """The rows of one sheet: columns; a statement for some offices after the others and what becomes of each report (`rows_child.SHAPES`), with
    the figures of each indicator; or a file of lines, each a JSON list."""

    columns: tuple[Column, ...]
    shape: str = ""
    sql: str = ""
    offices: Sequence[Sequence[int]] = ()
    figures: Mapping[str, Sequence[tuple[str, str, str]]] = field(default_factory=dict)
    lines: Path | None = None
    planned: int = 0


def steps(area_ids: Sequence[int], indicators: int) -> list[Sequence[int]]:
    """Offices in their order, so many at a time that a step is some thousand rows."""
    many = max(1, ROWS_A_STEP // max(1, indicators))
    return [area_ids[begin : begin + many] for begin in range(0, len(area_ids), many)]


def sheet_job(rows: Rows, *, words: Mapping[str, Mapping[str, str]], address: str) -> dict[str, Any]:
    """What the process must know of a sheet. `words` adds to the words of columns by their keys; `address` stands before links."""
    columns = []
    for column in rows.columns:
        said: dict[str, Any] = {"key": column.key, "kind": column.kind, "heading": gettext(column.heading)}
        if known := {key: gettext(name) for key, name in column.words.items()} | dict(words.get(column.key, {})):
            said["words"] = known
        if column.is_link:
            said["address"] = address
        columns.append(said)
    job: dict[str, Any] = {"columns": columns, "is_large": rows.planned > _LARGE_ROWS}
    if rows.lines is not None:
        return job | {"lines": str(rows.lines)}
    offices = [list(step) for step in rows.offices]
    return job | {"shape": rows.shape, "sql": rows.sql, "mark": OFFICES, "offices": offices, "figures": dict(rows.figures)}


def job(sheets: Iterable[Mapping[str, Any]], form: str, target: Path, **more: Any) -> dict[str, Any]:
    """The whole job. It goes to the process by its input: it holds the way into the database."""
    url = db.engine.url
    is_sqlite = url.get_backend_name() == "sqlite"
    plain = url.database if is_sqlite else url.set(drivername="postgresql").render_as_string(hide_password=False)
    return {
        "dialect": url.get_backend_name(),
        "database": plain,
        "format": form,
        "target": str(target),
        "zone": calendar.zone().key,
        "dangerous": DANGEROUS,
        "sheets": list(sheets),
        **more,
    }


def write(work: Mapping[str, Any], progress: Progress) -> list[int]:
    """Have a job done. Answers how many rows each sheet has.

    `progress` is told the rows so far, at least every second; what it raises ends the process. Raises TooManyRows and WritingFailed."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-B", str(CHILD)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin"},
        text=True,
    )
    try:
        assert process.stdin and process.stdout and process.stderr  # noqa: S101 - for the types: pipes were asked for
        faults: list[str] = []
        reader = threading.Thread(target=lambda: faults.append(process.stderr.read()), daemon=True)  # type: ignore[union-attr]
        reader.start()
        process.stdin.write(json.dumps(work))
        process.stdin.close()
        counts = _listen(process.stdout, progress)
        code = process.wait()
        reader.join()
    finally:
        process.kill()
        process.wait()
    if code == rows_child.TOO_MANY_ROWS:
        raise TooManyRows
    if code != 0 or counts is None:
        raise WritingFailed(f"{code}: {''.join(faults)[-2000:]}")
    return counts


def _listen(output: IO[str], progress: Progress) -> list[int] | None:
    """Read what the process says, until it says nothing more."""
    said: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        for line in output:
            said.put(line)
        said.put(None)

    threading.Thread(target=read, daemon=True).start()
    rows, counts = 0, None
    while True:
        try:
            line = said.get(timeout=_LISTEN_SECONDS)
        except queue.Empty:
            progress(rows)
            continue
        if line is None:
            return counts
        news = json.loads(line)
        rows, counts = news.get("rows", rows), news.get("counts", counts)
        if said.empty():
            progress(rows)
