"""The inbox: what a person was told, read or not, and how long it stays."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app import worker
from app.extensions import db
from app.models import Notice
from app.queries import account as accounts
from app.services import notices
from tests.cli.running import well, written_mails
from tests.conftest import NOW
from tests.services.doing import doing, looking

on_both_databases = "where marked"
ANNOUNCED = {"round_name": "รอบ 6 เดือน", "fiscal_year": "2566", "opens_at": NOW.isoformat()}
DAY = timedelta(days=1)


def tell(app, *names: str, key: str = "one", at=NOW, **more: str) -> None:
    with doing(app):
        people = [accounts.user_by_email(f"{name}@emes.test") for name in names]
        notices.tell(people, "round_announced", now=at, dedupe_key=key, **ANNOUNCED | more)


def told(app) -> list[Notice]:
    with looking(app):
        return db.session.query(Notice).order_by(Notice.id).all()


def badge(person, path: str = "/profile/") -> str:
    return " ".join(person.page(path).xpath("//a[contains(@class, 'inbox-link')]//text()")).strip()


@pytest.mark.postgresql
def test_a_notice_is_counted_opened_and_then_read(app, reporter):
    assert badge(reporter) == "กล่องข้อความ"
    tell(app, "reporter.p-cpm-3", path="/documents/")
    assert "1" in badge(reporter)
    page = reporter.page("/inbox/")
    line = page.xpath("//li[@class='unread']")[0]
    assert "รอบ 6 เดือน" in line.text_content()
    assert "ศุกร์ 20 พ.ย. 2569 เวลา 10.00 น." in line.text_content(), "moments stand as the reader writes them"
    answer = reporter.post(line.xpath(".//form/@action")[0])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/documents/")
    assert not reporter.page("/inbox/").xpath("//li[@class='unread']")
    assert badge(reporter) == "กล่องข้อความ"


def test_all_are_marked_as_read_in_one_press_and_nobody_elses(app, reporter, sign_in):
    for key in "abc":
        tell(app, "reporter.p-cpm-3", "central", key=key)
    assert reporter.post("/inbox/read-all").status_code == 303
    assert not reporter.page("/inbox/").xpath("//li[@class='unread']")
    assert len(sign_in("central").page("/inbox/").xpath("//li[@class='unread']")) == 3


def test_another_persons_notice_does_not_exist(app, reporter):
    tell(app, "central")
    (notice,) = told(app)
    assert reporter.post(f"/inbox/{notice.id}/open").status_code == 404
    assert told(app)[0].read_at is None


@pytest.mark.parametrize("path", ["", "https://evil.example/", "//evil.example/", "/\\evil.example"])
def test_a_notice_leads_to_no_other_site(app, reporter, path):
    tell(app, "reporter.p-cpm-3", path=path)
    answer = reporter.post(f"/inbox/{told(app)[0].id}/open")
    assert answer.headers["Location"] == "/inbox/"


def test_the_newest_stand_first_and_older_ones_on_further_pages(app, reporter):
    for number in range(30):
        tell(app, "reporter.p-cpm-3", key=str(number), at=NOW + number * timedelta(minutes=1), round_name=f"รอบที่ {number:02}")
    first, second = (reporter.page(f"/inbox/?page={page}").xpath("//ul[@class='inbox']/li") for page in (1, 2))
    assert (len(first), len(second)) == (25, 5)
    assert "รอบที่ 29" in first[0].text_content()
    assert "รอบที่ 00" in second[-1].text_content()
    assert len(reporter.page("/inbox/?page=99").xpath("//ul[@class='inbox']/li")) == 5
    assert reporter.get("/inbox/?page=x").status_code == 200


def test_the_same_cause_tells_a_person_once_and_mails_once(app):
    for _ in range(2):
        with doing(app):
            user = accounts.user_by_email("central@emes.test")
            notices.tell([user, user], "round_announced", now=NOW, dedupe_key="x", mail="already_registered", **ANNOUNCED)
    assert len(told(app)) == 1
    well(app, "send-mail")
    assert [mail["To"] for mail in written_mails(app)] == ["central@emes.test"]


@pytest.mark.postgresql
def test_read_notices_go_after_a_time_unread_ones_stay_as_long_as_the_round_runs(app, reporter):
    """The demonstration round closes ten days after NOW."""
    tell(app, "reporter.p-cpm-3", key="read")
    assert reporter.post("/inbox/read-all").status_code == 303
    tell(app, "reporter.p-cpm-3", key="unread")
    for later, left in [
        (notices.KEPT_FOR - DAY, {"read", "unread"}),
        (notices.KEPT_FOR + DAY, {"unread"}),
        (notices.KEPT_FOR + 12 * DAY, set()),
    ]:
        app.config["EMES_NOW"] = NOW + later
        with app.app_context():
            worker.sweep()
        assert {notice.dedupe_key for notice in told(app)} == left, later
