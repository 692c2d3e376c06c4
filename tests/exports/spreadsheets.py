"""Workbooks as other programs read them: openpyxl, and LibreOffice, which reckons anew what it opens."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

HEAD_ROW = 4
_SECOND = timedelta(seconds=1)


def opened(content: bytes) -> Workbook:
    return load_workbook(io.BytesIO(content))


def converted(content: bytes, folder: Path, to: str = "xlsx") -> bytes:
    """A workbook as LibreOffice writes it after reading it, in another format. `folder` is empty and the caller's own."""
    source = folder / "given.xlsx"
    source.write_bytes(content)
    out = folder / "converted"
    command = ["soffice", "--headless", "--norestore", f"-env:UserInstallation=file://{folder}/profile"]
    done = subprocess.run([*command, "--convert-to", to, "--outdir", str(out), str(source)], capture_output=True, timeout=180)
    assert done.returncode == 0, done.stderr.decode()
    return (out / f"given.{to}").read_bytes()


def plain(value: Any) -> Any:
    """A value of a cell or of a reckoning, so that the two can be compared: numbers exact, moments to the second, nothing for no text."""
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return (value + _SECOND / 2).replace(microsecond=0)
    return value if isinstance(value, str) else Decimal(str(value)).normalize()


def plainly(rows: Iterable[Iterable[Any]]) -> list[tuple[Any, ...]]:
    return [tuple(plain(value) for value in row) for row in rows]


def rows_of(book: Workbook, title: str, first: int = HEAD_ROW + 1, last: int | None = None) -> list[tuple[Any, ...]]:
    """The rows of a sheet below its headings, as wide as these. Without `last`, all that are left."""
    sheet = book[title]
    width = sum(cell.value is not None for cell in sheet[first - 1])
    cells = sheet.iter_rows(min_row=first, max_row=last or sheet.max_row, max_col=width, values_only=True)
    return [row for row in plainly(cells) if any(value is not None for value in row)]


def below(book: Workbook, title: str, heading: str) -> list[tuple[Any, ...]]:
    """The rows of a table on a sheet that holds several: below a heading, up to the first empty row."""
    sheet = book[title]
    first = next(cell.row for cell in sheet["A"] if cell.value == heading) + 1
    last = next((row for row in range(first, sheet.max_row + 1) if sheet.cell(row=row, column=1).value is None), None)
    return rows_of(book, title, first, last - 1 if last else None)


def headings_of(book: Workbook, title: str) -> list[str]:
    return [cell.value for cell in book[title][HEAD_ROW] if cell.value is not None]
