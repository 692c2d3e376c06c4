"""Guessing passwords is slowed down where it happens, and the rightful person is never locked out for long."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.extensions import db
from app.models import SignInThrottle, SingleUseLink
from app.services import accounts, links, sign_in
from app.services.seeding import DEMO_PASSWORD
from app.services.sign_in import Browser, SignInPaused
from tests.conftest import NOW
from tests.services.doing import doing, looking

on_both_databases = True

REPORTER, COLLEAGUE = "reporter.p-cpm-3@emes.test", "coordinator.p-cpm-3@emes.test"
HERE, ELSEWHERE = Browser("203.0.113.7", "test"), Browser("198.51.100.9", "test")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def fail(app, times: int = 1, *, email: str = REPORTER, at: Browser = HERE, now: datetime = NOW) -> None:
    for _ in range(times):
        with doing(app):
            sign_in.note_failure(email, at, now=now)


def paused_minutes(app, email: str = REPORTER, *, at: Browser = HERE, now: datetime = NOW) -> int:
    """For how many minutes this account pauses at this browser; 0 where one may try."""
    try:
        with doing(app):
            sign_in.require_not_paused(email, at, now=now)
    except SignInPaused as paused:
        assert paused.status == 429
        return int(paused.message.values["minutes"])
    return 0


def test_the_sixth_attempt_in_a_row_has_to_wait(app):
    fail(app, 4)
    assert paused_minutes(app) == 0
    fail(app)
    assert paused_minutes(app) == 1


def test_the_pause_is_of_this_account_at_this_address_only(app):
    fail(app, 5)
    assert paused_minutes(app) == 1
    assert paused_minutes(app, COLLEAGUE) == 0
    assert paused_minutes(app, at=ELSEWHERE) == 0


def test_another_spelling_of_the_mailbox_is_the_same_account(app):
    fail(app, 5, email=" Reporter.P-CPM-3@EMES.test")
    assert paused_minutes(app) == 1


def test_the_pause_doubles_up_to_a_quarter_of_an_hour(app):
    fail(app, 4)
    now, pauses = NOW, []
    for _ in range(7):
        fail(app, now=now)
        pauses.append(paused_minutes(app, now=now))
        assert paused_minutes(app, now=now + pauses[-1] * MINUTE - SECOND) == 1
        now += pauses[-1] * MINUTE
        assert paused_minutes(app, now=now) == 0
    assert pauses == [1, 2, 4, 8, 15, 15, 15]


def test_a_right_password_after_the_pause_begins_anew(app):
    fail(app, 6)
    later = NOW + 3 * MINUTE
    with doing(app):
        sign_in.require_not_paused(REPORTER, HERE, now=later)
        assert sign_in.right_password(REPORTER, DEMO_PASSWORD) is not None
        sign_in.forget_failures(REPORTER, HERE)
    fail(app, 4, now=later)
    assert paused_minutes(app, now=later) == 0


def test_a_row_of_failures_is_forgotten_after_an_hour(app):
    fail(app, 4)
    fail(app, now=NOW + timedelta(minutes=61))
    assert paused_minutes(app, now=NOW + timedelta(minutes=61)) == 0


def test_guessing_from_many_places_pauses_the_account_everywhere(app):
    for number in range(49):
        fail(app, at=Browser(f"192.0.2.{number}", "test"))
    assert paused_minutes(app, at=ELSEWHERE) == 0
    fail(app, at=Browser("192.0.2.250", "test"))
    assert paused_minutes(app, at=ELSEWHERE) == 1
    assert paused_minutes(app, COLLEAGUE, at=ELSEWHERE) == 0


def fail_in_one_go(app, moments: list[datetime], *, at: Browser = HERE) -> None:
    """Many failures of many accounts from one address, in one transaction for speed."""
    with doing(app):
        for number, moment in enumerate(moments):
            sign_in.note_failure(f"guess{number}@x.th", at, now=moment)


def test_guessing_many_accounts_within_a_minute_pauses_the_address_for_a_minute(app):
    fail_in_one_go(app, [NOW + number * timedelta(milliseconds=250) for number in range(200)])
    assert paused_minutes(app, COLLEAGUE, now=NOW + 50 * SECOND) == 1
    assert paused_minutes(app, COLLEAGUE, at=ELSEWHERE, now=NOW + 50 * SECOND) == 0
    assert paused_minutes(app, COLLEAGUE, now=NOW + 2 * MINUTE) == 0


def test_mistypings_of_an_office_over_a_whole_day_do_not_pause_its_line(app):
    moments = [NOW + number * 50 * SECOND for number in range(205)]
    fail_in_one_go(app, moments)
    assert paused_minutes(app, COLLEAGUE, now=moments[-1]) == 0


def test_a_new_password_lifts_the_pause(app):
    fail(app, 7)
    assert paused_minutes(app) > 0
    with doing(app):
        accounts.request_reset(REPORTER, now=NOW)
    with looking(app):
        link = db.session.query(SingleUseLink).one()
    with doing(app):
        token = links.token_of(link.id, "reset", secret_key="k")
        accounts.reset_password(token, "ฝนตกที่ภูเขียวทุกวัน", secret_key="k", now=NOW)
    assert paused_minutes(app) == 0


@pytest.mark.parametrize(
    ("email", "password", "right"),
    [
        (REPORTER, DEMO_PASSWORD, True),
        (" Reporter.P-CPM-3@EMES.test ", DEMO_PASSWORD, True),
        (REPORTER, DEMO_PASSWORD + " ", False),
        (REPORTER, "", False),
        ("nobody@emes.test", DEMO_PASSWORD, False),
        ("%", DEMO_PASSWORD, False),
    ],
)
def test_only_the_right_password_of_an_account_opens_it(app, email, password, right):
    with looking(app):
        assert (sign_in.right_password(email, password) is not None) is right


def test_no_names_and_addresses_are_kept_of_failures(app):
    fail(app)
    with looking(app):
        subjects = [row.subject for row in db.session.query(SignInThrottle)]
    assert len(subjects) == 3
    assert not [subject for subject in subjects if "reporter" in subject or "203.0" in subject]
