"""The worker's part in the search for viruses: one file after the other to ClamAV, in a thread of its own, waiting while that is away."""

from __future__ import annotations

import logging
import threading
from contextlib import suppress

from flask import Flask, current_app

from app import clamd, scope
from app.clock import now
from app.domain import scanning
from app.domain.access import Actor
from app.domain.scanning import ScanState, Verdict, Why
from app.extensions import db
from app.queries import scanning as queries
from app.services import scanning as service
from app.storage import StoreUnreachable, evidence_store

POLL_SECONDS = 2
JOB = Actor(user_id=None, name="e-MES")
log = logging.getLogger(__name__)


def scanner() -> clamd.Clamd | None:
    """The scanner of this installation, None where it has none."""
    url: str = current_app.config["EMES_CLAMAV_URL"]
    return clamd.Clamd(url) if url else None


def scan_files(stop: threading.Event | None = None) -> int:
    """Scan the files that are due, one after the other, until told to stop. Returns how many were taken.

    Raises clamd.Away while the scanner does not answer: then no file was touched, or the one that was waits as before."""
    found, done = scanner(), 0
    if found is None:
        return 0
    with scope.acting_as(JOB), scope.whole_country("files of all offices are scanned"):
        try:
            if not queries.waits(now()):
                return 0
            db.session.close()
            found.version()
            while not (stop is not None and stop.is_set()):
                if not service.scan_one(lambda key: _scan(found, key), now=now):
                    break
                done += 1
        finally:
            db.session.close()
    return done


def _scan(found: clamd.Clamd, key: str) -> Verdict:
    """What the scanner says to the bytes under a key."""
    try:
        with evidence_store().open(key) as file:
            return scanning.judge(found.scan(file))
    except FileNotFoundError:
        return Verdict(ScanState.FAILED, Why.MISSING)
    except clamd.TooLarge:
        return Verdict(ScanState.FAILED, Why.TOO_LARGE)
    except clamd.BrokeOff as fault:
        log.warning("the virus scanner broke off: %s", fault)
        raise service.GaveNoVerdict(Why.NO_ANSWER) from fault
    except clamd.Fault as fault:
        log.error("the virus scanner reported a fault: %s", fault)
        raise service.GaveNoVerdict(Why.ERROR) from fault


def scan_what_waits() -> int:
    """One pass, for a worker that runs once: nothing where the scanner or the store is away."""
    with suppress(clamd.Away, StoreUnreachable):
        return scan_files()
    return 0


def keep_scanning(app: Flask, stop: threading.Event) -> None:
    """The loop. A scanner that is away is asked again after a while, longer each time; the log says once that it is, and once that it is back."""
    pause = 0
    while not stop.is_set():
        try:
            with app.app_context():
                scan_files(stop)
        except (clamd.Away, StoreUnreachable) as fault:
            if not pause:
                log.error("files can't be scanned for viruses: %s", fault)
            pause = min(max(pause * 2, scanning.ASKED_AGAIN_SECONDS), scanning.ASKED_AGAIN_AT_MOST_SECONDS)
        except Exception:
            log.exception("scanning met a fault; the worker goes on")
            pause = max(pause, scanning.ASKED_AGAIN_SECONDS)
        else:
            if pause:
                log.info("files are scanned for viruses again")
            pause = 0
        stop.wait(pause or POLL_SECONDS)
