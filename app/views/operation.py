"""What machines ask: does the process live, can it serve, and how does it do. No session, no page, nothing of a person or an office."""

from __future__ import annotations

import hmac
import re
import time
from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address

from alembic.script import ScriptDirectory
from flask import Response, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from app import scope
from app.backup import shelf
from app.clock import now
from app.extensions import db
from app.metrics import gauge, gauges, request_counts
from app.queries import operation, scanning
from app.services import health
from app.storage import FREE_SPACE_FLOOR_BYTES, evidence_store
from app.views.base import Screen, expose

PROXIED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via")
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
BYTES_COUNTED_AGAIN_SECONDS = 300


@cache
def _head_migration(folder: str) -> str | None:
    return ScriptDirectory(folder).get_current_head()


class OperationView(Screen):
    class_permission_name = "public"

    @expose("/health/live")
    def live(self) -> ResponseReturnValue:
        """Whether the process answers. Nothing else is asked."""
        return _told({"status": "ok"})

    @expose("/health/ready")
    def ready(self) -> ResponseReturnValue:
        """Whether this process can serve; with `?whole=1` whether everything works. A stuck mail server must never take the web servers
        out of rotation on the last evening of a round: what works behind them counts only when it is asked for."""
        lacking = list(health.not_ready(evidence_store(), head=_head_migration(current_app.config["MIGRATIONS_DIR"])))
        ailing = list(health.ailing(now=now())) if request.args.get("whole") else []
        if lacking or ailing:
            current_app.logger.error("not ready: %s", ", ".join([*lacking, *ailing]))
            return _told({"status": "not ready", "not_ready": [*lacking, *ailing]}, 503)
        return _told({"status": "ok"})

    @expose("/metrics")
    def metrics(self) -> ResponseReturnValue:
        """Figures in the text format of Prometheus, for this machine or with the token."""
        if not (_has_token() or _is_from_this_machine()):
            return Response("403: ask from this machine, or with the token of EMES_METRICS_TOKEN\n", 403, mimetype="text/plain")
        with scope.whole_country("figures without names"):
            lines = [*request_counts().lines(), *_figures()]
        response = Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")
        response.headers["Cache-Control"] = "no-store"
        return response


def _told(body: dict[str, object], status: int = 200) -> Response:
    response = jsonify(body)
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _has_token() -> bool:
    token: str = current_app.config["EMES_METRICS_TOKEN"]
    sent = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(sent.encode(), f"Bearer {token}".encode())


def _is_from_this_machine() -> bool:
    """Asked directly, not through a proxy that runs here: that passes on what anybody asks."""
    if any(name in request.headers for name in PROXIED):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return address.is_loopback and re.sub(r":\d+$", "", request.host) in LOOPBACK_NAMES


def _figures() -> Iterator[str]:
    moment = now()
    yield from gauge("emes_store_free_bytes", "Room on the disk of the evidence store.", evidence_store().free_bytes())
    yield from gauge("emes_store_floor_bytes", "Below so much room no file is taken.", FREE_SPACE_FLOOR_BYTES)
    folder = current_app.config["EMES_BACKUP_DIR"]
    age = shelf.age(folder, moment) if folder else None
    yield from gauge("emes_backup_age_seconds", "Since the newest backup.", age.total_seconds() if age is not None else None)
    try:
        found, stored = operation.figures(moment), _stored_bytes()
        scans = (scanning.counts(), scanning.waiting_since()) if current_app.config["EMES_CLAMAV_URL"] else None
    except SQLAlchemyError:
        db.session.rollback()
        yield from gauge("emes_database_up", "Whether the database answers.", 0)
        return
    yield from gauge("emes_database_up", "Whether the database answers.", 1)
    yield from gauge("emes_store_bytes", "Bytes of all files that are kept.", stored)
    beat = (moment - found.beat_at).total_seconds() if found.beat_at else None
    yield from gauge("emes_worker_pulse_age_seconds", "Since the worker last beat.", beat)
    overdue = max(0.0, (moment - found.mail.due_at).total_seconds()) if found.mail.due_at else 0
    yield from gauge("emes_mail_waiting", "Mails that wait to be sent.", found.mail.waiting)
    yield from gauge("emes_mail_overdue_seconds", "For how long a mail waits whose time had come.", overdue)
    yield from gauge("emes_mail_given_up", "Mails that did not arrive and are not tried any more.", found.mail.given_up)
    yield from gauge("emes_files_waiting", "Files that wait to be looked into.", found.files_waiting)
    if scans is not None:
        counts, since = scans
        waits = (moment - since).total_seconds() if since else 0
        yield from gauges("emes_scans", "Files by what became of the search for viruses.", "state", counts)
        yield from gauge("emes_scan_waits_seconds", "For how long a file waits to be scanned for viruses.", waits)
    yield from gauges("emes_exports", "Files that people asked for and that are not made yet.", "state", found.exports)
    yield from gauge("emes_rounds_open", "Rounds that take reports.", len(found.rounds))
    closing = {code: (closes_at - moment).total_seconds() for code, closes_at in found.rounds.items()}
    yield from gauges("emes_round_closes_in_seconds", "Until a round closes for everybody.", "round", closing)
    yield from gauge("emes_sessions", "Browsers that are signed in.", found.sessions)


def _stored_bytes() -> int:
    """Every row is looked at for it, so what was counted a moment ago is told again."""
    counted: tuple[float, int] | None = current_app.extensions.get("emes_stored_bytes")
    if counted is None or time.monotonic() - counted[0] > BYTES_COUNTED_AGAIN_SECONDS:
        counted = (time.monotonic(), operation.stored_bytes())
        current_app.extensions["emes_stored_bytes"] = counted
    return counted[1]
