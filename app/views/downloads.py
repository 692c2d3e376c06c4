"""Giving stored files back: always under their own name, never able to run on our origin."""

from __future__ import annotations

import hashlib
import io
from typing import BinaryIO

from flask import Response, abort, current_app, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from app.domain import scanning as rules
from app.domain.errors import Damaged
from app.models import Evidence, OfficeOrder, SheetFile
from app.scope import current_actor
from app.services import scanning
from app.storage import StoredReader, evidence_store

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'self'"


# So much is read before the answer begins, so that a damaged file is refused in words.
LOOKED_AT_FIRST_BYTES = 4 * 1024 * 1024


class Whole(io.RawIOBase):
    """A large file on its way out. Read from its beginning to its end it breaks off before the last block where its bytes are not those
    that came in: the browser then says that the download failed, and nobody takes wrong bytes for evidence."""

    def __init__(self, file: StoredReader, key: str, sha256: str) -> None:
        self._file, self._key, self._sha256 = file, key, sha256
        self._digest, self._left, self._in_order = hashlib.sha256(), file.size, True

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        block = self._file.read(size)
        if self._in_order:
            self._digest.update(block)
            self._left -= len(block)
            if self._left == 0 and self._digest.hexdigest() != self._sha256:
                current_app.logger.error("file differs from what was received: %s", self._key)
                raise OSError("a damaged file")
        return block

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """A part was asked for: it cannot be told from it alone whether all is right."""
        self._in_order = False
        return self._file.seek(offset, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def _checked(file: StoredReader, key: str, sha256: str) -> BinaryIO:
    """The same bytes, none of which is other than it was received; where no row says what that was, as they are. Raises Damaged."""
    if not sha256:
        return file
    if file.size > LOOKED_AT_FIRST_BYTES:
        return Whole(file, key, sha256)  # type: ignore[return-value]  # a file in all that the answer uses
    with file:
        content = file.read()
    if hashlib.sha256(content).hexdigest() != sha256:
        current_app.logger.error("file differs from what was received: %s", key)
        raise Damaged
    return io.BytesIO(content)


def send_kept(row: Evidence | SheetFile | OfficeOrder, *, inline: bool) -> Response:
    """A file that an office sent, as far as the search for viruses lets it open. Raises Infected, NotScannedYet, Damaged."""
    require_opens(row)
    return send_stored(
        row.storage_key or "", name=row.original_name, media_type=row.media_type, inline=inline, sha256=row.sha256
    )


def require_opens(row: Evidence | SheetFile | OfficeOrder) -> None:
    """Raise Infected or NotScannedYet where the file does not open to whoever asks."""
    scanning.require_opens(row, actor=current_actor(), scans=has_scanner())


def has_scanner() -> bool:
    """Whether this installation searches for viruses."""
    return bool(current_app.config["EMES_CLAMAV_URL"])


def shut_by_scan(state: str) -> str:
    """Why a file does not open to a reader: the state of the search for viruses, '' where it opens."""
    return "" if rules.opens(state, is_own=False, scans=has_scanner()) else state


def send_stored(key: str, *, name: str, media_type: str, inline: bool, sha256: str) -> Response:
    """A file of the store with its original name, as it was received. Ranges work, so that clips can be sought; `inline` only for kinds
    that may. Raises Damaged."""
    try:
        file = evidence_store().open(key)
    except FileNotFoundError:
        current_app.logger.error("file missing in the store: %s", key)
        abort(404)
    response = send_file(
        _checked(file, key, sha256),
        mimetype=media_type,
        as_attachment=not inline,
        download_name=name,
        conditional=False,
        etag=key,
        last_modified=file.modified_at,
        max_age=0,
    )
    # What a file on the disk would tell of itself, whatever it is read from.
    response.content_length = file.size
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=file.size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    response.headers["Cache-Control"] = "private, no-store"
    # The browser's own PDF viewer does not work inside a sandbox; a PDF is shown without scripts of ours around it.
    if media_type != "application/pdf":
        response.headers["Content-Security-Policy"] = SANDBOX
    return response
