"""The list of what an archive holds, and of what it should hold and does not: one row for each report and each file, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass, fields
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from app.exports.disarming import disarmed

_IN_MEMORY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """A row: where a report or a file lies in the archive, what it belongs to, its size in bytes and sha256. `state` is 'ok', or the fault
    for which there is nothing at `path`. Moments are ISO 8601 in UTC. The names of the fields are the columns: programs read them."""

    path: str
    kind: str
    office_code: str
    office: str
    indicator: str
    issue: str
    original_name: str
    size: int | None
    sha256: str
    receipt_number: str
    handed_in_at: str
    state: str


COLUMNS = tuple(field.name for field in fields(Entry))


class Manifest:
    """Both lists as they grow. They lie on disk once they are long: an archive of the whole country has many rows."""

    def __init__(self, about: Mapping[str, Any], as_csv: IO[bytes], as_json: IO[bytes]) -> None:
        self.as_csv, self.as_json = as_csv, as_json
        self._rows = 0
        # With a byte-order mark, so that Excel reads it as Thai.
        self.as_csv.write("\ufeff".encode())
        self._write_csv(COLUMNS)
        head = json.dumps(dict(about), ensure_ascii=False, indent=1).removesuffix("\n}")
        self.as_json.write(f'{head},\n "entries": ['.encode())

    def add(self, entry: Entry) -> None:
        self._write_csv(tuple(disarmed(value) if isinstance(value, str) else value for value in astuple(entry)))
        said = json.dumps(asdict(entry), ensure_ascii=False)
        self.as_json.write(f"{',' if self._rows else ''}\n  {said}".encode())
        self._rows += 1

    def finish(self, counts: Mapping[str, int]) -> None:
        """Close the lists; the counts stand at the end of the JSON, where they are known."""
        self.as_json.write(f'\n ],\n "counts": {json.dumps(dict(counts))}\n}}\n'.encode())

    def _write_csv(self, values: tuple[Any, ...]) -> None:
        line = io.StringIO()
        csv.writer(line).writerow(["" if value is None else value for value in values])
        self.as_csv.write(line.getvalue().encode())


@contextmanager
def manifest(about: Mapping[str, Any]) -> Iterator[Manifest]:
    """A manifest for as long as the block lasts; `about` is what the archive as a whole is."""
    with SpooledTemporaryFile(_IN_MEMORY_BYTES) as as_csv, SpooledTemporaryFile(_IN_MEMORY_BYTES) as as_json:
        yield Manifest(about, as_csv, as_json)
