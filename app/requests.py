"""How a request's body is read: bounded everywhere, and uploads streamed straight into the store, hashed on the way."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import IO, Any
from urllib.parse import unquote_to_bytes, urlsplit

from flask import Flask, Request, abort, current_app, request
from werkzeug.exceptions import ClientDisconnected, HTTPException, SecurityError
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import BaseConverter

from app.storage import IncomingFile, evidence_store

# Addresses that programs read with an access token; no cookie counts there, and every answer is JSON.
API_PREFIX = "/api/v1"
MOST_BYTES_READ_TO_REFUSE = 64 * 1024 * 1024
# Handlers that take files. Everything else is a small form.
UPLOAD_ENDPOINTS = {
    "UploadView.append",
    "UploadView.create",
    "ReportView.add_evidence",
    "DocumentAdmin.add",
    "DocumentAdmin.edit",
    "IndicatorSetView.read",
    "OrderView.act",
    "OrderView.appoint",
    "ProjectBookView.read",
    "SheetView.add_files",
    "WorkingCopyView.read",
}


class Body:
    """The body of a request for who knows nothing of HTTP: a line that breaks is an OSError, as everywhere else. What the library says
    instead would pass by a store that keeps what came before."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        try:
            return self._stream.read(size)
        except ClientDisconnected as broken:
            raise ConnectionResetError from broken


class EmesRequest(Request):
    """A request whose uploaded files arrive in the store's own folder."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.incoming_files: list[IncomingFile] = []

    def _load_form_data(self) -> None:
        """A part of a form that has no name is nothing that a form sends, and whoever walks along the names trips over it."""
        super()._load_form_data()
        if None in self.form or None in self.files:
            abort(400)

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        incoming = evidence_store().receive()
        self.incoming_files.append(incoming)
        return incoming  # type: ignore[return-value]  # a file in all that the parser uses


class RowConverter(BaseConverter):
    """A row's number in an address: ASCII digits that every database can hold. Anything else is no address of ours."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)


def _refuse_constant(name: str) -> float:
    raise ValueError(name)


def strict_json() -> Any:
    """The JSON body: UTF-8, no NaN or infinity, of reasonable depth. Answers 400 otherwise."""
    try:
        return json.loads(request.get_data().decode("utf-8"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        abort(400)


def _require_own_site() -> None:
    """A write that another site's page sends is refused, token or not."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    origin = request.headers.get("Origin")
    # A proxy may pass its own host: what a browser calls our site is the public address.
    own = {request.host, _host_of(current_app.config["EMES_BASE_URL"])}
    if request.headers.get("Sec-Fetch-Site") == "cross-site" or (origin is not None and _host_of(origin) not in own):
        abort(403)


def _require_readable_path() -> None:
    """No database can look up a NUL: an address with one is no address of ours."""
    if "\x00" in request.path:
        abort(404)


def _require_host() -> None:
    """HTTP/1.1 demands that a request names its host: without one it is not known which site is asked."""
    if request.environ.get("SERVER_PROTOCOL") == "HTTP/1.1" and not request.environ.get("HTTP_HOST"):
        raise SecurityError("a request that names no host")


def _require_utf8() -> None:
    """A form in another encoding would be stored as nonsense: it is refused, and nothing is stored."""
    if request.mimetype == "application/x-www-form-urlencoded":
        try:
            unquote_to_bytes(request.get_data(cache=True)).decode("utf-8")
        except UnicodeDecodeError:
            abort(400)


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).netloc
    except ValueError:
        return ""


def is_api(path: str) -> bool:
    """Whether an address is one of the API, known or not."""
    return path == API_PREFIX or path.startswith(f"{API_PREFIX}/")


def wants_json() -> bool:
    """Whether the answer should be JSON: programs and the page's own script ask so, a form without script does not."""
    if is_api(request.path):
        return True
    best = request.accept_mimetypes.best_match(["text/html", "application/json"])
    return request.is_json or best == "application/json"


def local_path(url: str | None) -> str | None:
    """A path of this site, or None: never another host, never a scheme, never a backslash or control character that some
    browser would read as one."""
    if not url or not url.startswith("/") or url.startswith("//") or any(ord(sign) < 32 or sign == "\\" for sign in url):
        return None
    return url


def wanted_page() -> str:
    """Where a person without a session wanted to be: the page itself, or the page whose form was sent."""
    if request.method == "GET":
        return request.full_path.rstrip("?")
    referrer = request.referrer or ""
    return urlsplit(referrer).path or "/" if _host_of(referrer) == request.host else "/"


def read_to_the_end() -> None:
    """Take in the rest of a body that is refused: a connection closed in the middle of it would break before the refusal is
    read. Of an unreasonable body the rest is left."""
    left = MOST_BYTES_READ_TO_REFUSE
    with suppress(OSError, HTTPException):
        while left > 0 and (block := request.stream.read(min(left, 256 * 1024))):
            left -= len(block)


def _open_for_uploads() -> None:
    """Raise the limit for the handlers that take files, and refuse before the body is read when the store is full."""
    if request.endpoint in UPLOAD_ENDPOINTS and request.method in ("POST", "PATCH"):
        request.max_content_length = current_app.config["EMES_MAX_UPLOAD_BYTES"]
        evidence_store().require_space(request.content_length or 0)


def _discard_incoming(_: BaseException | None) -> None:
    """What was received and not kept is gone when the request ends."""
    for incoming in getattr(request, "incoming_files", ()):
        incoming.discard()


def init_app(app: Flask) -> None:
    """Behind proxies, as many as the setting says, the visitor's address and scheme are what the last of them tells."""
    if hops := app.config["EMES_TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    app.request_class = EmesRequest
    app.url_map.converters["row"] = RowConverter
    app.before_request(_require_readable_path)
    app.before_request(_require_host)
    app.before_request(_require_own_site)
    app.before_request(_require_utf8)
    app.before_request(_open_for_uploads)
    app.teardown_request(_discard_incoming)
