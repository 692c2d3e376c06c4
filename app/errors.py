"""What a person reads when something goes wrong: what happened, what to do, and that what was typed is not lost."""

from __future__ import annotations

import logging
import secrets
from datetime import date, datetime
from typing import Any

from flask import (
    Flask,
    Response,
    g,
    jsonify,
    make_response,
    render_template,
    request,
)
from flask_babel import gettext
from flask_login import AnonymousUserMixin, current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, SecurityError

from app.domain.errors import N_, DomainError, Message, NotAllowed, Parameter
from app.extensions import db
from app.formatting import day, weekday_moment
from app.requests import is_api, read_to_the_end, wants_json
from app.scope import ForeignRow
from app.storage import StoreFull, StoreUnreachable, says_full

log = logging.getLogger(__name__)
_SECRETS = ("password", "token", "csrf")
RETRY_AFTER_SECONDS = 30
# Whose answer the log tells of besides what is not allowed. A row of another office is answered as one that is not there.
_REFUSED = {403: "forbidden", 404: "not there, or another office's", 429: "too many attempts"}

PAGES: dict[int, tuple[str, str]] = {
    400: (N_("The form could not be read"), N_("Go back, reload the page and send it again. What you typed is below.")),
    401: (N_("Please sign in"), N_("Your session has ended. Sign in again; what was saved is kept.")),
    403: (
        N_("You may not see this page"),
        N_("Your role does not open this page. Ask your coordinator or the centre."),
    ),
    404: (N_("This page was not found"), N_("The address may be mistyped, or the page belongs to another office.")),
    405: (N_("This page was not found"), N_("The address may be mistyped, or the page belongs to another office.")),
    409: (N_("This can't be done any more"), N_("Reload the page to see how it stands now.")),
    413: (N_("Too large to receive"), N_("A file may have 50 MB, a clip 300 MB. Save it smaller and attach it again.")),
    414: (N_("The address is too long"), N_("Go back and try again.")),
    415: (N_("The form could not be read"), N_("Go back, reload the page and send it again.")),
    422: (N_("Something needs to be mended"), N_("Read the message and try again.")),
    423: (N_("This file does not open yet"), N_("Try again in a few minutes.")),
    429: (N_("Too many attempts"), N_("Wait a little and try again.")),
    500: (
        N_("The system has a fault"),
        N_("What was saved is safe. Try again in a minute; if it stays, call and give the number below."),
    ),
    503: (N_("The system is busy"), N_("What was saved is safe. Try again in half a minute.")),
    507: (
        N_("No room for files at the moment"),
        N_("Texts and figures can still be saved. Please attach the file later."),
    ),
}


# What a program reads: a code that stays, and a sentence for whoever looks after it.
FOR_PROGRAMS: dict[int, tuple[str, str]] = {
    400: ("bad_request", N_("The request could not be read.")),
    401: (
        "unauthorized",
        N_("Send a valid access token in the header “Authorization: Bearer emes_…”. Make one on the page “My account”."),
    ),
    403: ("forbidden", N_("Your role does not open this.")),
    404: ("not_found", N_("There is nothing at this address, or it belongs to another office.")),
    405: ("method_not_allowed", N_("The API can only be read: send GET.")),
    422: ("invalid_parameters", N_("Some parameters are missing, unknown or out of bounds.")),
    429: ("too_many_requests", N_("Too many requests with this token. Wait as many seconds as Retry-After says.")),
    500: ("internal_error", N_("The system has a fault. Try again in a minute.")),
    503: ("unavailable", N_("The system is busy. Try again in half a minute.")),
}


def sentence(message: Message) -> str:
    """A domain message in the reader's language: translated first, filled in afterwards."""
    values = {key: _said(value) for key, value in message.values.items()}
    text = gettext(message.text)
    return text % values if values else text


def _said(value: Parameter) -> str | int:
    if isinstance(value, Message):
        return sentence(value)
    if isinstance(value, datetime):
        return weekday_moment(value)
    return day(value) if isinstance(value, date) else value


def _typed() -> list[tuple[str, str]]:
    """What the person typed into the form that failed, so that it can be copied; never a password."""
    if request.method != "POST" or request.mimetype != "application/x-www-form-urlencoded":
        return []
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:
        return []
    return [(key, value) for key, value in items if value.strip() and not any(secret in key for secret in _SECRETS)]


def _to_program(status: int, detail: str | None, error_id: str | None) -> Response:
    code, said = FOR_PROGRAMS.get(status, FOR_PROGRAMS[400 if status < 500 else 500])
    response = jsonify(error={"code": code, "message": detail or gettext(said)} | ({"id": error_id} if error_id else {}))
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _answer(status: int, detail: str | None = None, error_id: str | None = None) -> tuple[Response, int]:
    title, advice = PAGES.get(status, PAGES[400 if status < 500 else 500])
    if is_api(request.path):
        response = _to_program(status, detail, error_id)
    elif wants_json():
        body: dict[str, Any] = {"error": detail or gettext(title)}
        if error_id:
            body["id"] = error_id
        response = jsonify(body)
    else:
        page = render_template(
            "errors/error.html",
            status=status,
            heading=gettext(title),
            advice=detail or gettext(advice),
            error_id=error_id,
            typed=_typed(),
        )
        response = make_response(page)
    if status in (429, 503):
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response, status


def _note_refusal(why: str) -> None:
    """Whoever watches over the system sees who was refused what; the account is a number."""
    log.info("refused: %s, account %s", why, current_user.get_id() or "none")


def _domain_error(error: DomainError) -> tuple[Response, int]:
    if isinstance(error, NotAllowed):
        _note_refusal("not allowed")
    elif why := _REFUSED.get(error.status):
        _note_refusal(why)
    db.session.rollback()
    return _answer(error.status, None if error.status == 404 else sentence(error.message))


def _foreign_row(_: ForeignRow) -> tuple[Response, int]:
    """The guard of the session stopped what a service should have: that is answered as one that is not there, too."""
    _note_refusal(_REFUSED[404])
    db.session.rollback()
    return _answer(404)


def _forged(_: CSRFError) -> tuple[Response, int]:
    """Without the token of a page of ours."""
    _note_refusal("no token")
    return _answer(400, gettext("The page was open for too long. Reload it and send it again; what you typed is below."))


def _foreign_host(_: SecurityError) -> tuple[Response | str, int]:
    """Without a host of ours no address can be made: a page that needs none."""
    if is_api(request.path):
        return _to_program(400, None, None), 400
    return render_template("errors/bare.html"), 400


def _http_error(error: HTTPException) -> Response | tuple[Response, int]:
    if error.response is not None:
        return error.response  # type: ignore[return-value]  # a finished answer
    status = error.code or 500
    if status in (403, 429):
        _note_refusal(_REFUSED[status])
    answer = _answer(404 if status == 405 and not wants_json() else status)
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        answer[0].headers["Allow"] = ", ".join(error.valid_methods)
    return answer


def _busy(error: OperationalError) -> tuple[Response, int]:
    """The database is locked or away: nothing is lost, the form may be sent again."""
    db.session.rollback()
    log.error("database not available: %s", type(error.orig).__name__)
    # Nobody can be looked up now, not even who is signed in: the answer is made as for a stranger.
    g._login_user = AnonymousUserMixin()
    return _answer(503)


def _store_away(error: StoreUnreachable) -> tuple[Response, int]:
    """Files can't be read or written now: nothing was acknowledged, the form may be sent again."""
    db.session.rollback()
    read_to_the_end()
    log.error("the evidence store is not available: %s", error)
    return _answer(503, gettext("Files can't be reached at the moment. What was saved is safe. Try again in half a minute."))


def _no_room(_: StoreFull | None = None) -> tuple[Response, int]:
    read_to_the_end()
    return _answer(507)


def _disk_fault(error: OSError) -> tuple[Response, int]:
    """A disk that filled up while a file was written: the same refusal as beforehand."""
    if not says_full(error):
        return _fault(error)
    db.session.rollback()
    log.error("the disk filled up during an upload")
    return _no_room()


def _fault(error: Exception) -> tuple[Response, int]:
    db.session.rollback()
    error_id = secrets.token_hex(4)
    log.exception("fault %s at %s", error_id, request.endpoint)
    return _answer(500, error_id=error_id)


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain_error)
    app.register_error_handler(ForeignRow, _foreign_row)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(StoreFull, _no_room)
    app.register_error_handler(StoreUnreachable, _store_away)
    app.register_error_handler(OSError, _disk_fault)
    app.register_error_handler(SecurityError, _foreign_host)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(Exception, _fault)
    app.jinja_env.globals["sentence"] = sentence
