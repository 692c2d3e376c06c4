"""Files that come with a form: each examined, kept and recorded by itself, whatever it is attached to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from flask import request
from werkzeug.datastructures import FileStorage

from app.domain.errors import N_, Correctable, Refused
from app.errors import sentence
from app.extensions import transaction
from app.models import Evidence, SheetFile
from app.services import evidence
from app.services.evidence import Examined
from app.storage import IncomingFile, StoredFile, StoreFull, evidence_store
from app.views.uploads import limits

Attach: TypeAlias = Callable[[Examined, StoredFile], Evidence | SheetFile]


@dataclass
class Received:
    """What became of the files of a form: those that were kept, as they are told to whoever sent them, and why others were not."""

    added: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[Correctable] = field(default_factory=list)

    @property
    def status(self) -> int:
        return max((refusal.status for refusal in self.refusals), key=lambda code: code == 409, default=201)

    @property
    def said(self) -> list[str]:
        return [sentence(refusal.message) for refusal in self.refusals]


def receive(slot: str, attach: Attach) -> Received:
    """Take the files of this request into a slot. Each stands for itself: good ones are kept, the others are named with the reason.

    `attach` records a kept file inside a transaction. Raises Refused where no file was chosen."""
    uploads = [file for file in request.files.getlist("file") if file.filename]
    if not uploads:
        raise Refused(N_("Choose a file first"))
    received = Received()
    for upload in uploads:
        try:
            received.added.append(_receive(upload, slot, attach))
        except Correctable as refusal:
            received.refusals.append(refusal)
    return received


def _receive(upload: FileStorage, slot: str, attach: Attach) -> dict[str, Any]:
    """Examine, keep and record one uploaded file; `requests` made its stream a file of the store's."""
    incoming = cast(IncomingFile, upload.stream)
    examined = evidence.examine(incoming, upload.filename or "", slot, limits=limits())
    try:
        with evidence.kept_in_store(evidence_store(), incoming) as stored, transaction():
            row = attach(examined, stored)
    except StoreFull:
        raise Refused(N_("There is no room for files at the moment. Texts and figures can still be saved.")) from None
    return file_as_json(row)


def file_as_json(row: Evidence | SheetFile) -> dict[str, Any]:
    """A file as it is told to whoever sent it."""
    return {
        "id": str(row.id),
        "name": row.original_name,
        "size": row.size_bytes,
        "sha256": row.sha256,
        "slot": row.slot,
    }
