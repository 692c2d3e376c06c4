"""The tus 1.0 address: creation (with the first bytes), termination, expiration."""

from __future__ import annotations

import base64
import binascii
from email.utils import format_datetime
from uuid import UUID

from flask import Response, abort, current_app, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import arrived, now
from app.domain.errors import N_, DomainError, NotFound, Refused
from app.domain.thai import whole_number
from app.errors import sentence
from app.extensions import transaction
from app.identity import reporter
from app.requests import Body
from app.scope import current_actor
from app.services import uploads
from app.services.evidence import Limits
from app.services.reporting import Address
from app.services.uploads import Destination, Part, ReportSlot, SheetSlot
from app.storage import evidence_store
from app.views.base import Screen, expose, may

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,expiration"
PART_TYPE = "application/offset+octet-stream"


def limits() -> Limits:
    """The largest file and clip of this installation, and the room of an office."""
    return Limits(*(current_app.config[f"EMES_{name}_MB"] for name in ("MAX_FILE", "MAX_CLIP", "OFFICE_QUOTA")))


def _whole(header: str) -> int:
    number = whole_number(request.headers.get(header, ""), most_digits=15)
    if number is None:
        raise Refused(N_("The upload's headers can't be read"))
    return number


def _metadata() -> dict[str, str]:
    """The key–value pairs of Upload-Metadata: names, a space, the value in base64."""
    found = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(N_("The upload's headers can't be read")) from None
        if "\x00" in found[key]:
            raise Refused(N_("The upload's headers can't be read"))
    return found


def _destination(metadata: dict[str, str], slot: str) -> Destination:
    """A slot of the sheet that is named, or of the report by its three codes."""
    if "sheet" in metadata:
        sheet_id = whole_number(metadata["sheet"])
        if sheet_id is None:
            raise NotFound
        return SheetSlot(sheet_id, slot)
    address = Address(*(metadata.get(name, "") for name in ("round", "area", "indicator")))
    return ReportSlot(address, slot, reporter())


def _answer(status: int, upload_offset: int, **headers: str) -> Response:
    response = make_response("", status)
    response.headers["Upload-Offset"] = str(upload_offset)
    response.headers["Cache-Control"] = "no-store"
    for name, value in headers.items():
        response.headers[name.replace("_", "-")] = value
    return response


def _refusal(refusal: DomainError) -> ResponseReturnValue:
    """Why a part or a whole file is not taken. Unlike a part that begins at the wrong byte, or one that waits for another, a
    refused file is not worth trying again, and the answer says so."""
    again = isinstance(refusal, uploads.Busy | uploads.WrongOffset)
    return jsonify(error=sentence(refusal.message)), refusal.status, {} if again else {"Upload-Refused": "1"}


class UploadView(Screen):
    route_base = "/uploads"
    class_permission_name = "evidence"

    @expose("/", methods=["POST"])
    @may("write")
    def create(self) -> ResponseReturnValue:
        self._require_version()
        metadata = _metadata()
        slot = metadata.get("slot", "")
        with transaction():
            upload = uploads.create(
                _destination(metadata, slot),
                slot,
                metadata.get("filename", ""),
                _whole("Upload-Length"),
                actor=current_actor(),
                limits=limits(),
                now=now(),
                begun_at=arrived(),
            )
        location = url_for("UploadView.state", upload_id=upload.id)
        expires = format_datetime(upload.expires_at, usegmt=True)
        if request.mimetype != PART_TYPE:
            return _answer(201, 0, Location=location, Upload_Expires=expires)
        offset, evidence_id, refused = self._receive(upload.id, 0)
        if refused is not None:
            return refused
        return _answer(201, offset, Location=location, Upload_Expires=expires, X_Evidence_Id=evidence_id)

    @expose("/<uuid:upload_id>", methods=["HEAD"])
    @may("write")
    def state(self, upload_id: UUID) -> ResponseReturnValue:
        self._require_version()
        upload = uploads.find(upload_id, actor=current_actor(), now=now())
        length = str(upload.size_bytes)
        return _answer(200, uploads.offset_of(upload, evidence_store()), Upload_Length=length)

    @expose("/<uuid:upload_id>", methods=["PATCH"])
    @may("write")
    def append(self, upload_id: UUID) -> ResponseReturnValue:
        self._require_version()
        if request.mimetype != PART_TYPE:
            abort(415)
        offset, evidence_id, refused = self._receive(upload_id, _whole("Upload-Offset"))
        return refused if refused is not None else _answer(204, offset, X_Evidence_Id=evidence_id)

    @expose("/<uuid:upload_id>", methods=["DELETE"])
    @may("write")
    def terminate(self, upload_id: UUID) -> ResponseReturnValue:
        self._require_version()
        with transaction():
            uploads.give_up(uploads.find(upload_id, actor=current_actor(), now=now()), evidence_store())
        return "", 204

    def _require_version(self) -> None:
        if request.headers.get("Tus-Resumable") != VERSION:
            abort(412)

    def _receive(self, upload_id: UUID, at: int) -> tuple[int, str, ResponseReturnValue | None]:
        """Write a part and, when it was the last, make it evidence: (offset, evidence id or '', refusal or None)."""
        store = evidence_store()
        upload = uploads.find(upload_id, actor=current_actor(), now=now())
        try:
            if upload.evidence_id is None:
                part = Part(at, Body(request.stream))  # type: ignore[arg-type]  # a file in all that is read
                offset = uploads.append(upload, part, store)
                if offset < upload.size_bytes:
                    return offset, "", None
            row = uploads.finish(upload_id, store, actor=current_actor(), reporter=reporter(), limits=limits(), now=now())
        except DomainError as refusal:
            return 0, "", _refusal(refusal)
        return row.size_bytes, str(row.id), None


def say_tus(response: Response) -> Response:
    """What every answer of the upload address carries, the one to OPTIONS included."""
    if request.path.startswith("/uploads/"):
        response.headers["Tus-Resumable"] = VERSION
        response.headers["Tus-Version"] = VERSION
        response.headers["Tus-Extension"] = EXTENSIONS
        response.headers["Tus-Max-Size"] = str(max(limits().max_file_mb, limits().max_clip_mb) * 1024 * 1024)
    return response
