"""The room of an office, asked before the body of a form with files is read."""

from __future__ import annotations

from flask import Flask, g, request

from app.domain.errors import DomainError
from app.domain.evidence import NoRoom, require_room
from app.queries.submission import Target
from app.requests import read_to_the_end
from app.scope import current_actor
from app.services import reporting, uploads
from app.services.reporting import Address
from app.views.uploads import limits

# What a form says beside its files. Whether a file fits exactly is asked again when it is recorded.
WORDS_BYTES = 64 * 1024


def writable_target(address: Address) -> Target:
    """What the address of this request names, found once for its room and for its files. Raises NotFound, NotAllowed for who may not write
    to it. Under the lock it is found again."""
    if "writable_target" not in g:
        g.writable_target = reporting.find_writable(address, actor=current_actor())
    target: Target = g.writable_target
    return target


def _used() -> int | None:
    """How many bytes lie already where the files of this request go; None where its address takes no files of an office. A resumable
    upload says in its headers where it goes, and is asked there."""
    where = request.view_args or {}
    if request.endpoint == "ReportView.add_evidence":
        return uploads.used_by_reports(
            writable_target(Address(where["round_code"], where["area_code"], where["indicator_code"]))
        )
    return uploads.used_by_sheets(where["sheet_id"]) if request.endpoint == "SheetView.add_files" else None


def _require_room() -> None:
    """Before the body is read, and so before the token against forged requests, which lies in it."""
    if request.method != "POST" or not (quota_mb := limits().quota_mb):
        return
    try:
        used = _used()
    except DomainError:
        return  # not theirs to write to: the page says so
    if used is None:
        return
    try:
        require_room(used, max(0, (request.content_length or 0) - WORDS_BYTES), quota_mb=quota_mb)
    except NoRoom:
        read_to_the_end()  # into nothing: a browser reads the answer when it has sent its file
        raise


def init_app(app: Flask) -> None:
    """Order matters: after who asks is known, before the libraries read the form."""
    app.before_request(_require_room)
