"""Two people in one report: each hears who else is there, in which field, and what was stored meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.extensions import db
from app.models import Presence
from tests.cli.running import well
from tests.conftest import NOW
from tests.person import REPORT, Person
from tests.services.doing import looking
from tests.views.test_statements import counted

on_both_databases = "where marked"


def tell(person: Person, report: str = REPORT, **said):
    return person.client.post(f"{report}/presence", json=said, headers={"X-CSRFToken": person._ensure_token()})


def others(person: Person, **said) -> list[tuple[str, str | None]]:
    answer = tell(person, **said)
    assert answer.status_code == 200, answer.text
    return [(other["name"], other["field"]) for other in answer.json["others"]]


@pytest.fixture
def colleague(sign_in) -> Person:
    person: Person = sign_in("coordinator.p-cpm-3")
    return person


@pytest.fixture
def at(app):
    """Set the clock so many seconds after NOW."""

    def set_clock(seconds: float) -> None:
        app.config["EMES_NOW"] = NOW + timedelta(seconds=seconds)

    return set_clock


NAME = "ผู้ประสานงาน สาธิต"


def test_a_colleague_is_seen_with_the_field_and_oneself_is_not(reporter, colleague):
    assert others(colleague, field="problems") == []
    assert others(reporter) == [(NAME, "problems")]
    assert others(colleague, field="self_level") == [("ผู้รายงาน สาธิต", None)]
    answer = tell(reporter).json
    assert answer["others"] == [{"name": NAME, "field": "self_level", "since": NOW.isoformat()}]
    assert answer["now"] == NOW.isoformat()


@pytest.mark.postgresql
def test_one_is_seen_in_this_report_and_in_no_other(reporter, colleague):
    tell(colleague, "/reports/2566-6/P-CPM-3/QP-2", field="problems")
    assert others(reporter) == []


@pytest.mark.postgresql
def test_who_leaves_is_gone_at_once_and_who_is_silent_after_75_seconds(reporter, colleague, at):
    tell(colleague)
    assert others(reporter) == [(NAME, None)]
    assert tell(colleague, leaving=True).json == {"now": NOW.isoformat(), "others": [], "fields": {}}
    assert others(reporter) == []
    tell(colleague)
    at(75)
    assert others(reporter) == [(NAME, None)]
    at(76)
    assert others(reporter) == []


@pytest.mark.postgresql
def test_whoever_asks_every_20_seconds_is_seen_without_a_gap_and_writes_once_a_minute(app, reporter, colleague, at):
    noted = set()
    for seconds in range(0, 600, 20):
        at(seconds)
        tell(colleague, field="problems")
        assert others(reporter) == [(NAME, "problems")], seconds
        with looking(app):
            noted.add(db.session.query(Presence.seen_at).filter_by(name=NAME).scalar())
    assert len(noted) == 10
    answer = tell(reporter).json
    assert answer["others"][0]["since"] == NOW.isoformat()


def test_who_was_away_for_long_has_come_anew(reporter, colleague, at):
    tell(colleague)
    at(3600)
    tell(colleague)
    assert tell(reporter).json["others"][0]["since"] == (NOW + timedelta(hours=1)).isoformat()


def test_fields_that_a_colleague_stored_since_come_with_text_version_and_name(reporter, colleague):
    versions = {"problems": 0, "self_level": 0, "quantity.school_total": 0, "reporter_phone": 0}
    assert tell(reporter, versions=versions).json["fields"] == {}
    colleague.patch(
        REPORT, {"problems": ("ครูไม่พอ", 0), "quantity.school_total": ("1234", 0), "reporter_phone": ("0812345678", 0)}
    )
    fields = tell(reporter, versions=versions).json["fields"]
    assert set(fields) == {"problems", "quantity.school_total", "reporter_phone"}
    assert fields["problems"] == {"version": 1, "value": "ครูไม่พอ", "shown": "ครูไม่พอ", "by": NAME, "at": NOW.isoformat()}
    assert (fields["quantity.school_total"]["value"], fields["quantity.school_total"]["shown"]) == ("1234", "1,234")
    assert fields["reporter_phone"]["shown"] == "08 1234 5678"
    assert (
        tell(reporter, versions=versions | {"problems": 1, "quantity.school_total": 1, "reporter_phone": 1}).json["fields"]
        == {}
    )
    assert tell(reporter, versions={"self_level": 0}).json["fields"] == {}, "a field that is not on the page is not asked for"


@pytest.mark.postgresql
def test_what_the_page_filled_in_by_itself_is_no_colleagues_edit(reporter, colleague):
    colleague.patch(REPORT, {"problems": ("x", 0)})
    assert set(tell(reporter, versions={"reporter_name": 0, "problems": 0}).json["fields"]) == {"problems"}


@pytest.mark.parametrize("somebody", ["director.p-cpm-3", "central", "evaluator1"])
def test_who_only_reads_is_not_shown_as_editing(reporter, sign_in, somebody):
    assert tell(sign_in(somebody)).status_code == 403
    assert others(reporter) == []


def test_another_offices_report_does_not_exist(reporter, sign_in):
    stranger = sign_in("reporter.p-cpm-2")
    for address in (REPORT, "/reports/2566-6/P-CPM-2/NO", "/reports/no/P-CPM-2/QP-1", "/reports/2566-6/P-CPM-2/QP-6b"):
        assert tell(stranger, address).status_code == 404
        assert tell(stranger, address, leaving=True).status_code == 404
    assert others(reporter) == []


def test_in_a_closed_round_nobody_is_noted(app, reporter, colleague):
    app.config["EMES_NOW"] = NOW + timedelta(days=10, hours=9)
    reporter.signed_in("reporter.p-cpm-3@emes.test")
    assert tell(reporter).status_code == 409
    with looking(app):
        assert db.session.query(Presence).count() == 0
    assert not reporter.page(REPORT).xpath("//*[@data-presence]")


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"field": ["x"]}, 200),
        ({"field": "x" * 61}, 200),
        ({"field": "<script>"}, 200),
        ({"versions": []}, 422),
        ({"versions": {f"k{number}": 1 for number in range(201)}}, 422),
        ({"versions": {"problems": "1", "self_level": True, "x": None, "\x00": 1}}, 200),
        ({"versions": {"problems": 10**30}}, 200),
        ({"leaving": "yes"}, 200),
    ],
)
def test_whatever_a_client_says_is_answered(reporter, colleague, said, status):
    colleague.patch(REPORT, {"problems": ("x", 0)})
    assert tell(colleague, **said).status_code == status
    if status == 200:
        assert others(reporter) == [(NAME, None)]


def test_only_json_is_taken(reporter):
    for body in (b"[]", b"null", b'"x"'):
        answer = reporter.client.post(
            f"{REPORT}/presence", data=body, content_type="application/json", headers={"X-CSRFToken": reporter._ensure_token()}
        )
        assert answer.status_code == 422
    assert reporter.post(f"{REPORT}/presence", {"field": "problems"}).status_code == 415


def test_asking_costs_four_statements_and_writes_nothing_between_two_notes(reporter, colleague):
    colleague.patch(REPORT, {"problems": ("x", 0)})
    tell(colleague)
    tell(reporter)
    with counted() as statements:
        tell(reporter, versions={"problems": 0})
    assert len(statements) <= 4, statements
    assert all(statement.startswith("SELECT") for statement in statements)


def test_asking_does_not_keep_an_idle_session_alive(app, reporter, at):
    """A page that lies open on a desk is no sign that somebody sits there."""
    for minutes in range(0, 70, 5):
        at(60 * minutes)
        status = tell(reporter).status_code
    assert status == 401


@pytest.mark.postgresql
def test_notes_that_lapsed_long_ago_are_forgotten(app, reporter):
    tell(reporter)
    app.config["EMES_NOW"] = NOW + timedelta(days=2)
    well(app, "run-due")
    with looking(app):
        assert db.session.query(Presence).count() == 0
