"""The virus scanner is away over the deadline: offices go on, readers wait, and everything is scanned when it is back (F20)."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.extensions import db, transaction
from app.models import Round
from app.scope import whole_country
from tests.clamav import Clamav
from tests.person import pdf
from tests.server import Client, Server

REPORT = "/reports/2566-6/P-CPM-3/QP-1"
BAD = pdf(1) + b"\n% this is the one\n"
SECONDS = 60


def states(server: Server) -> dict[str, str]:
    return dict(server.rows("SELECT original_name, scan_state FROM evidence"))  # type: ignore[arg-type]  # pairs


def close_the_round(server: Server) -> None:
    app = server.app()
    with app.app_context(), whole_country("a test closes the round"), transaction():
        row = db.session.query(Round).filter_by(code="2566-6").one()
        row.due_at, row.closes_at = None, datetime.now(UTC)


def is_kept_from_readers(server: Server, evidence_id: str) -> bool:
    """Whether readers get nothing of a file that nobody has scanned, as long as the worker needs for a few passes."""
    reader, until = Client(server.port).sign_in("central"), time.monotonic() + 8
    while time.monotonic() < until:
        status, body, _ = reader.request("GET", f"/evidence/{evidence_id}")
        if (status, b"%PDF" in body) != (423, False):
            return False
        time.sleep(0.5)
    return True


def test_offices_go_on_while_the_scanner_is_away_over_the_deadline(installed: Callable[..., Server], tmp_path: Path):
    clamav = Clamav(tmp_path / "clamav", BAD)
    server = installed(EMES_CLAMAV_URL=clamav.url)
    server.start()
    office = Client(server.port).sign_in("reporter.p-cpm-3")
    sent = {}
    for name, content in (("ดี.pdf", pdf(1)), ("ร้าย.pdf", BAD)):
        status, answer = office.upload(REPORT, "criterion.1", name, content)
        assert status == 201, answer
        sent[name] = answer["evidence"][0]["id"]
    close_the_round(server)
    assert office.request("GET", REPORT)[0] == 200
    assert is_kept_from_readers(server, sent["ดี.pdf"])
    assert states(server) == {"ดี.pdf": "received", "ร้าย.pdf": "received"}
    # It comes, dies at once, and comes back; the worker is killed meanwhile.
    clamav.start().stop()
    server.kill()
    server.start()
    clamav.start()
    try:
        until = time.monotonic() + SECONDS
        while set(states(server).values()) & {"received", "scanning"} and time.monotonic() < until:
            time.sleep(0.2)
    finally:
        clamav.stop()
    assert states(server) == {"ดี.pdf": "clean", "ร้าย.pdf": "infected"}
    reader = Client(server.port).sign_in("central")
    assert reader.request("GET", f"/evidence/{sent['ดี.pdf']}")[:2] == (200, pdf(1))
    assert reader.request("GET", f"/evidence/{sent['ร้าย.pdf']}")[0] == 403


@pytest.mark.parametrize("mutant", ["away_is_clean", "readers_are_not_stopped"])
def test_a_fault_in_the_scan_is_noticed(installed: Callable[..., Server], tmp_path: Path, mutant: str):
    server = installed(mutant=mutant, EMES_CLAMAV_URL=f"unix:{tmp_path}/nowhere")
    server.start()
    status, answer = Client(server.port).sign_in("reporter.p-cpm-3").upload(REPORT, "criterion.1", "ดี.pdf", pdf(1))
    assert status == 201
    assert not is_kept_from_readers(server, answer["evidence"][0]["id"])
