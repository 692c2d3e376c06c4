"""The reports of an office or of a whole round with all their evidence in one ZIP, under names that people can read.

Nothing is left out silently: what should be there and is not stands with its fault in the manifest and in the page to be read first, and is
counted; where the archive is not what was planned, there is no archive."""

from __future__ import annotations

import io
import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import IO

from flask import render_template
from flask_babel import force_locale

from app.domain import scanning
from app.domain.archive_names import Names, slot_word
from app.domain.errors import N_
from app.domain.scanning import ScanState
from app.exports import zip_stream
from app.exports.manifest import Entry, Manifest, manifest
from app.exports.pdf import PdfUnavailable
from app.exports.zip_stream import ArchiveBroken, Measured, ZipStream, measure
from app.queries.archive import Dossier, SentFile, Sheet, Size
from app.storage import EvidenceStore

READ_FIRST = "อ่านก่อน.txt"
MANIFEST_CSV, MANIFEST_JSON = "manifest.csv", "manifest.json"
PROGRESS_SECONDS = 0.25
OK = "ok"
# So many faults are told one by one in the page to be read first; all of them stand in the manifest.
MOST_TOLD = 200
log = logging.getLogger(__name__)

Draw = Callable[[Sheet], bytes]
Progress = Callable[[int, int], None]


class Fault(StrEnum):
    """Why something that was handed in is not in the archive."""

    MISSING = "missing"
    DIFFERENT = "different"
    UNREADABLE = "unreadable"
    NOT_DRAWN = "not_drawn"
    NOT_SCANNED = "not_scanned"
    INFECTED = "infected"


FAULT_NAMES = {
    Fault.MISSING: N_("The file is not in the store any more"),
    Fault.DIFFERENT: N_("The file in the store is not the one that was handed in"),
    Fault.UNREADABLE: N_("The file could not be read"),
    Fault.NOT_DRAWN: N_("The PDF of the report could not be made"),
    Fault.NOT_SCANNED: N_("The file was not scanned for viruses yet, or could not be"),
    Fault.INFECTED: N_("A virus was found in the file"),
}


@dataclass(frozen=True)
class Order:
    """What is asked for: a round as it stood at a moment, how much that is, whether every office gets a folder of its own, and whether
    viruses are searched for: then only files that were found clean go in."""

    round_code: str
    moment: datetime
    planned: Size
    in_folders: bool
    scans: bool = False


@dataclass(frozen=True)
class Told:
    """A fault with what it concerns."""

    fault: Fault
    office: str
    indicator: str
    name: str
    receipt_number: str


@dataclass
class Made:
    """What an archive holds: offices that handed in something, reports, files of evidence and their bytes; the faults, all of them, and the
    offices that handed in nothing. `reports` and `files` are those that are really there."""

    offices: int = 0
    reports: int = 0
    files: int = 0
    bytes: int = 0
    faults: list[Told] = field(default_factory=list)
    without_reports: list[str] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        return {
            "offices": self.offices,
            "reports": self.reports,
            "files": self.files,
            "bytes": self.bytes,
            "faults": len(self.faults),
        }


def write(
    out: IO[bytes],
    order: Order,
    dossiers: Iterable[Dossier],
    *,
    store: EvidenceStore,
    draw: Draw,
    progress: Progress = lambda done, total: None,
) -> Made:
    """Write the archive to a fresh file that can be read again, such as `storage.receive()` gives; it is whole when this returns.

    `progress` is told how many reports and files are done of how many, a few times a second; what it raises stops the work, and what lies
    in `out` then opens as no ZIP. Needs the application's context. Raises ArchiveBroken, PdfUnavailable, and OSError where the disk is full."""
    return _Maker(out, order, store, draw, progress).make(dossiers)


class _Maker:
    """An archive in the making."""

    def __init__(self, out: IO[bytes], order: Order, store: EvidenceStore, draw: Draw, progress: Progress) -> None:
        self._out, self._order, self._store, self._draw = out, order, store, draw
        self._names = Names()
        self._written: list[str] = []
        self._content_bytes = 0
        self._made, self._listed = Made(), Size()
        self._progress, self._told_at = progress, float("-inf")

    def make(self, dossiers: Iterable[Dossier]) -> Made:
        about = {"round": self._order.round_code, "as_of": self._order.moment.isoformat()}
        with manifest(about) as listed:
            self._manifest: Manifest = listed
            with ZipStream(self._out) as self._zip:
                for dossier in dossiers:
                    self._add_office(dossier)
                if self._listed != self._order.planned:
                    raise ArchiveBroken(f"{self._order.planned} was planned, {self._listed} came")
                self._add_lists()
        zip_stream.check(self._out, self._written, self._content_bytes)
        self._progress(self._done, self._total)
        return self._made

    @property
    def _done(self) -> int:
        return self._listed.reports + self._listed.files

    @property
    def _total(self) -> int:
        return self._order.planned.reports + self._order.planned.files

    def _tick(self) -> None:
        if time.monotonic() - self._told_at >= PROGRESS_SECONDS:
            self._progress(self._done, self._total)
            self._told_at = time.monotonic()

    def _add_office(self, dossier: Dossier) -> None:
        if not dossier.sheets:
            self._made.without_reports.append(dossier.short_name)
            return
        self._made.offices += 1
        folder = self._names.folder(dossier.short_name, dossier.area["code"]) if self._order.in_folders else ""
        for sheet in dossier.sheets:
            self._add_report(dossier, sheet, folder)
            for file in sheet.files:
                self._add_file(dossier, sheet, file, folder)

    def _add_report(self, dossier: Dossier, sheet: Sheet, folder: str) -> None:
        self._tick()
        entry = _entry(dossier, sheet, "report")
        try:
            drawn = io.BytesIO(self._draw(sheet))
        except PdfUnavailable:
            raise
        except Exception:
            # One report that cannot be drawn must not cost the country its archive.
            log.exception("report %s could not be drawn", sheet.receipt_number)
            self._tell(Fault.NOT_DRAWN, entry)
        else:
            measured = measure(drawn, self._tick, deflated=True)
            path = self._names.report(sheet.full_code, dossier.short_name, folder=folder)
            self._put(path, drawn, measured, sheet.handed_in_at)
            self._manifest.add(replace(entry, path=path, size=measured.size, sha256=measured.sha256))
            self._made.reports += 1
        self._listed = replace(self._listed, reports=self._listed.reports + 1)

    def _add_file(self, dossier: Dossier, sheet: Sheet, file: SentFile, folder: str) -> None:
        self._tick()
        entry = replace(
            _entry(dossier, sheet, "evidence"),
            issue=slot_word(file.slot),
            original_name=file.name,
            size=file.size,
            sha256=file.sha256,
        )
        found = self._opened(file)
        if isinstance(found, Fault):
            self._tell(found, entry)
        else:
            bytes_of, measured = found
            path = self._names.evidence(sheet.full_code, file.slot, file.name, dossier.short_name, folder=folder)
            with bytes_of:
                self._put(path, bytes_of, measured, sheet.handed_in_at)
            self._manifest.add(replace(entry, path=path))
            self._made.files += 1
            self._made.bytes += measured.size
        self._listed = replace(self._listed, files=self._listed.files + 1, bytes=self._listed.bytes + file.size)

    def _opened(self, file: SentFile) -> tuple[IO[bytes], Measured] | Fault:
        """The bytes of a file where they are what was handed in. They stay readable though they be deleted meanwhile."""
        if file.storage_key is None:
            return Fault.MISSING
        if not scanning.opens(file.scan_state, is_own=False, scans=self._order.scans):
            return Fault.INFECTED if file.scan_state == ScanState.INFECTED else Fault.NOT_SCANNED
        try:
            bytes_of = self._store.open(file.storage_key)
        except FileNotFoundError:
            return Fault.MISSING
        except OSError:
            return Fault.UNREADABLE
        try:
            measured = measure(bytes_of, self._tick)
        except OSError:
            bytes_of.close()
            return Fault.UNREADABLE
        except BaseException:
            bytes_of.close()
            raise
        if (measured.size, measured.sha256) != (file.size, file.sha256):
            bytes_of.close()
            return Fault.DIFFERENT
        return bytes_of, measured

    def _put(self, path: str, file: IO[bytes], measured: Measured, at: datetime) -> None:
        self._zip.add(path, file, measured, at, self._tick)
        self._written.append(path)
        self._content_bytes += measured.size

    def _tell(self, fault: Fault, entry: Entry) -> None:
        log.error("%s: %s of receipt %s is not in the archive", fault, entry.kind, entry.receipt_number)
        self._manifest.add(replace(entry, state=fault))
        told = Told(fault, entry.office, entry.indicator, entry.original_name, entry.receipt_number)
        self._made.faults.append(told)

    def _add_lists(self) -> None:
        """What tells of the whole, and therefore comes last."""
        self._manifest.finish(self._made.counts | {f"planned_{name}": value for name, value in asdict(self._listed).items()})
        lists = {
            READ_FIRST: io.BytesIO(read_first(self._order, self._made)),
            MANIFEST_CSV: self._manifest.as_csv,
            MANIFEST_JSON: self._manifest.as_json,
        }
        for name, file in lists.items():
            file.seek(0)
            self._put(name, file, measure(file, self._tick, deflated=True), self._order.moment)


def read_first(order: Order, made: Made) -> bytes:
    """The page to be read first, in Thai as all names in the archive are; as Notepad wants it."""
    with force_locale("th"):
        text = render_template(
            "exports/read_first.txt",
            order=order,
            made=made,
            faults=made.faults[:MOST_TOLD],
            fault_names=FAULT_NAMES,
            manifest_csv=MANIFEST_CSV,
            manifest_json=MANIFEST_JSON,
        )
    return ("\ufeff" + text.replace("\n", "\r\n")).encode()


def _entry(dossier: Dossier, sheet: Sheet, kind: str) -> Entry:
    return Entry(
        path="",
        kind=kind,
        office_code=dossier.area["code"],
        office=dossier.short_name,
        indicator=sheet.full_code,
        issue="",
        original_name="",
        size=None,
        sha256="",
        receipt_number=sheet.receipt_number,
        handed_in_at=sheet.handed_in_at.isoformat(),
        state=OK,
    )
