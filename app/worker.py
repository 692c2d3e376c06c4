"""What runs beside the requests: sending mail, sweeping the store, signing the record. One pass is `run_due`; the worker repeats it."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Flask, current_app
from flask_babel import force_locale

from app import scope
from app.claims import claim
from app.clock import now
from app.domain.access import Actor
from app.domain.advice import Seen
from app.exports import letter as letter_export
from app.extensions import db, transaction
from app.models import Export
from app.previews import preview_store
from app.queries import advice as advices
from app.queries import deadline as deadlines
from app.queries import publication as publications
from app.queries import reminder as reminder_queries
from app.queries import returns as return_queries
from app.queries import round_life as round_life_queries
from app.queries import stored
from app.services import (
    advice,
    appeals,
    checkpoints,
    closing,
    endorser_alarms,
    exporting,
    inspection,
    job_reminders,
    letters,
    notices,
    outages,
    presence,
    questions,
    reminders,
    retention,
    returns,
    round_life,
    uploads,
)
from app.signing import signer
from app.storage import evidence_store
from app.worker_mail import send_mail
from app.worker_scanning import keep_scanning, scan_what_waits

POLL_SECONDS = 2
SWEEP_EVERY_SECONDS = 3600
FILES_AT_A_TIME = 10
LOWER_PRIORITY = 10
LETTERS_AT_A_TIME = 5
JOB = Actor(user_id=None, name="e-MES")
COUNTING = replace(JOB, sees_all_areas=True)
log = logging.getLogger(__name__)


def sweep() -> int:
    """Remove what is over: bytes that no row refers to, after their grace, and notes, notices and personal data of long ago. Returns how many files
    went. As long as a backup is made, bytes stay: its database may still name them."""
    with scope.whole_country("files of all offices"):
        with transaction():
            uploads.expire(evidence_store(), now=now())
            presence.expire(now=now())
            notices.expire(now=now())
            exporting.expire(now=now())
            retention.let_go(current_app.config["EMES_KEEP_DAYS"], now=now())
        living = stored.keys()
    db.session.close()
    preview_store().sweep()
    with claim("backup") as free:
        return evidence_store().sweep(living) if free else 0


def count_what_ended() -> int:
    """Count the reports of times that are over. Returns how many count as handed in."""
    counted = 0
    with scope.whole_country("times that are over, of all offices"):
        for time_over in deadlines.ended(now()):
            for submission_id in deadlines.left_in(time_over, now()):
                try:
                    with transaction():
                        counted += closing.count(submission_id, time_over, actor=COUNTING, now=now(), signer=signer())
                except Exception:
                    log.exception("counting report %s met a fault", submission_id)
            with transaction():
                closing.conclude(time_over, now=now())
    db.session.close()
    return counted


def count_returns() -> int:
    """Count what offices mended of a return and did not send in its time. Returns how many count as handed in."""
    counted = 0
    with scope.whole_country("returns whose time is over, of all offices"):
        for return_id in return_queries.due_to_count(now()):
            try:
                with transaction():
                    counted += returns.count(return_id, actor=COUNTING, now=now(), signer=signer())
            except Exception:
                log.exception("counting return %s met a fault", return_id)
    db.session.close()
    return counted


def _send_each(planned: Iterable[tuple[Callable[..., int], int]]) -> int:
    """Queue each of these reminders in a transaction of its own. Returns how many offices, or people, are told."""
    told = 0
    for send, row_id in planned:
        try:
            with transaction():
                told += send(row_id, now=now())
        except Exception:
            log.exception("reminding for %s %s met a fault", send.__name__, row_id)
    db.session.close()
    return told


def remind() -> int:
    """Queue the reminders of rounds whose moment has come. Returns how many offices are reminded."""
    with scope.whole_country("every office that still owes"):
        planned = [(reminders.send_planned, reminder_id) for reminder_id in reminder_queries.due(now())]
        return _send_each(planned + [(reminders.remind, found.id) for found in deadlines.rounds_to_remind(now())])


def remind_of_jobs() -> int:
    """Queue the reminders of the other jobs whose moment has come. Returns how many people are told."""
    with scope.whole_country("offices that still owe in the other jobs"):
        return _send_each(job_reminders.due(now()))


def advance_rounds() -> int:
    """What the clock does to rounds: openings are told, reviews begin. Returns how many rounds moved."""
    with scope.whole_country("rounds concern every office"):
        moved = 0
        for round_id in round_life_queries.to_advance(now(), news_since=now() - round_life.STILL_NEWS):
            try:
                with transaction():
                    moved += round_life.advance(round_id, actor=JOB, now=now())
            except Exception:
                log.exception("moving round %s on met a fault", round_id)
    db.session.close()
    return moved


def alarm_endorsers() -> int:
    """Tell the centre of offices in which nobody can endorse a round that closes soon. Returns how many offices that are."""
    found = 0
    with scope.whole_country("offices in which nobody can endorse"):
        due = endorser_alarms.rounds_due(now(), days=current_app.config["EMES_ENDORSER_ALARM_DAYS"])
        for round_id in due:
            with transaction():
                found += endorser_alarms.alarm(round_id, now=now())
    db.session.close()
    return found


def alarm_overdue() -> int:
    """Tell the centre of questions and appeals whose answer is late. Returns how many are."""
    with scope.whole_country("questions and appeals of all offices"), transaction():
        late = questions.alarm_overdue(now=now()) + appeals.alarm_overdue(now=now())
    db.session.close()
    return late


def beat() -> int:
    """Note that the system runs. Returns how many outages were noticed."""
    with transaction():
        noticed = len(outages.beat(now()))
    db.session.close()
    return noticed


def _look(key: str, extension: str) -> Seen:
    """What a file of the store shows; one that is not there any more does not open."""
    try:
        with evidence_store().local(key) as path:
            return inspection.look_into(path, extension)
    except FileNotFoundError:
        log.error("file missing in the store: %s", key)
        return inspection.DOES_NOT_OPEN


def inspect_files(stop: threading.Event | None = None) -> int:
    """Look into files that arrived since, a few at a time, so that mail never waits long, until told to stop. Returns how many
    were noted.

    A fault at one file is logged, and the others get their turn; it is tried again with the next pass."""
    noted = 0
    with scope.whole_country("files of all offices are looked into"):
        for evidence_id in advices.waiting(FILES_AT_A_TIME):
            if stop is not None and stop.is_set():
                break
            try:
                noted += advice.inspect_one(evidence_id, _look, now=now())
            except Exception:
                log.exception("looking into file %s met a fault", evidence_id)
        db.session.close()
    return noted


def make_letters(stop: threading.Event | None = None) -> int:
    """Make PDFs of letters that wait for theirs, a few at a time, so that mail never waits long. Returns how many were made."""
    made = 0
    with scope.whole_country("letters to all offices"):
        for letter_id in publications.waiting(LETTERS_AT_A_TIME):
            if stop is not None and stop.is_set():
                break
            made += letters.make_one(letter_id, _draw_letter, evidence_store(), signer=signer(), clock=now)
        db.session.close()
    return made


def _draw_letter(sheet: letters.Sheet) -> tuple[bytes, int]:
    """The PDF of a letter, in Thai, with the configured address in its QR code."""
    with current_app.test_request_context(base_url=current_app.config["EMES_BASE_URL"]), force_locale("th"):
        return letter_export.draw(sheet)


def make_export() -> int:
    """Make the file whose turn it is. Returns 1 where there was one."""
    with scope.whole_country("which rows a file tells is decided by its offices and levels"):
        made = exporting.make_next(make_file, evidence_store(), clock=now)
    db.session.close()
    return int(made)


def make_file(row: Export, target: Path, folder: Path, progress: Callable[[int, int], None]) -> dict[str, Any]:
    """A file in the language of who asked, with the configured address in its links."""
    from app.exports import making  # brings pandas along: 90 MiB that only a process needs that makes files

    base_url = current_app.config["EMES_BASE_URL"]
    with current_app.test_request_context(base_url=base_url), force_locale(row.language):
        return making.make(row, target, folder, progress, store=evidence_store(), base_url=base_url)


def sign_record() -> int:
    """Sign how far each chain of the record of changes has come. Returns how many were signed."""
    signed = 0
    with scope.whole_country("every office's chain is signed"):
        for grown in checkpoints.due(now=now()):
            if checkpoints.fits(grown):
                with transaction():
                    checkpoints.sign(grown, signer(), now=now())
                signed += 1
    db.session.close()
    return signed


def run_due() -> dict[str, int]:
    """Everything that is due by the clock, once."""
    with scope.acting_as(JOB):
        done = {
            "outages": beat(),
            "counted": count_what_ended(),
            "returns counted": count_returns(),
            "rounds": advance_rounds(),
            "reminded": remind(),
            "people reminded": remind_of_jobs(),
            "offices without endorser": alarm_endorsers(),
            "overdue answers": alarm_overdue(),
            "mail": send_mail(),
            "swept": sweep(),
            "chains signed": sign_record(),
            "inspected": 0,
            "letters": 0,
            "files": 0,
        }
        while noted := inspect_files():
            done["inspected"] += noted
        while made := make_letters():
            done["letters"] += made
        while make_export():
            done["files"] += 1
        return done | {"scanned": scan_what_waits()}


# What the loop does, and after how many seconds again.
JOBS: tuple[tuple[Callable[[], int], float], ...] = (
    (count_what_ended, 20),
    (count_returns, 20),
    (advance_rounds, 20),
    (remind, 20),
    (remind_of_jobs, 60),
    (alarm_endorsers, SWEEP_EVERY_SECONDS),
    (send_mail, 0),
    (sweep, SWEEP_EVERY_SECONDS),
    (sign_record, SWEEP_EVERY_SECONDS),
    (alarm_overdue, SWEEP_EVERY_SECONDS),
)


def _do(job: Callable[[], int], app: Flask) -> int:
    """One job, once. A fault is logged and holds up nothing else."""
    try:
        with app.app_context(), scope.acting_as(JOB):
            return job()
    except Exception:
        log.exception("%s met a fault; the worker goes on", job.__name__)
        return 0


def _keep_beating(app: Flask, stop: threading.Event) -> None:
    """The pulse has a thread of its own: a slow mail server must not look like an outage."""
    while not stop.is_set():
        _do(beat, app)
        stop.wait(outages.BEAT_EVERY.total_seconds())


def _keep_making_files(app: Flask, stop: threading.Event) -> None:
    """Files have a thread of their own: a long one must not hold up mail, nor the pages of people. What is cut off when the worker
    ends is taken up by the next."""
    with suppress(AttributeError, OSError):  # a thread has a priority of its own on Linux alone
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWER_PRIORITY)
    while not stop.is_set():
        if not _do(make_export, app):
            stop.wait(POLL_SECONDS)


def run(app: Flask, stop: threading.Event) -> None:
    """The worker's loop, until told to stop."""
    pulse = threading.Thread(target=_keep_beating, args=[app, stop], daemon=True)
    pulse.start()
    for keep in (_keep_making_files, keep_scanning):
        threading.Thread(target=keep, args=[app, stop], daemon=True).start()
    done_at = dict.fromkeys((job for job, _ in JOBS), float("-inf"))
    while not stop.is_set():
        for job, pause in JOBS:
            if time.monotonic() - done_at[job] >= pause:
                done_at[job] = time.monotonic()
                _do(job, app)
        more_to_do = _do(inspect_files, app) == FILES_AT_A_TIME
        more_to_do = _do(make_letters, app) > 0 or more_to_do
        stop.wait(0 if more_to_do else POLL_SECONDS)
    pulse.join(timeout=5)
