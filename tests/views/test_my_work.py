"""One's own work across the jobs, and the calendar of all their dates."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.conftest import NOW
from tests.inspections import HERE, begin
from tests.projects import add
from tests.services.doing import user_id_of
from tests.views.test_inspections import recommend
from tests.views.test_statements import counted


def texts(page, path):
    return [" ".join(found.text_content().split()) for found in page.xpath(path)]


def test_what_one_is_made_responsible_for_stands_in_ones_own_work(app, sign_in):
    coordinator = sign_in("coordinator.p-cpm-3")
    reporter = sign_in("reporter.p-cpm-3")
    assert "ไม่มีงานค้าง" in reporter.page("/my-work/").text_content()
    person = str(user_id_of(app, "reporter.p-cpm-3"))
    coordinator.post("/reports/2566-6/P-CPM-3/team/assign", {"indicator": ["QP-2"], "person": [person]})
    work = reporter.page("/my-work/").xpath("//ul[@class='work']//a")
    assert [one.get("href") for one in work] == ["/reports/2566-6/P-CPM-3/QP-2"]
    assert "ยังไม่เริ่ม" in work[0].text_content()
    reporter.report_everything("/reports/2566-6/P-CPM-3/QP-2")
    assert "ยังไม่เริ่ม" not in reporter.page("/my-work/").xpath("//ul[@class='work']")[0].text_content()
    assert "ครบ" in reporter.page("/my-work/").xpath("//ul[@class='work']")[0].text_content()
    assert reporter.post("/reports/2566-6/P-CPM-3/QP-2/submit").status_code == 303
    assert "ไม่มีงานค้าง" in reporter.page("/my-work/").text_content()


def test_the_coordinator_reads_how_much_the_office_still_owes_and_nobody_reads_of_another_office(sign_in):
    page = sign_in("coordinator.p-cpm-3").page("/my-work/?job=reporting")
    assert texts(page, "//ul[@class='work']//a")[0].startswith("รอบ 6 เดือน 2566")
    assert page.xpath("//ul[@class='work']//a/@href") == ["/reports/2566-6/P-CPM-3/"]
    assert "12 ตัวชี้วัด" in page.text_content()
    other = sign_in("coordinator.s-bkk-1").page("/my-work/?job=reporting")
    assert other.xpath("//ul[@class='work']//a/@href") == ["/reports/2566-6/S-BKK-1/"]


def test_work_is_ordered_by_how_urgent_it_is(app, sign_in):
    app.config["EMES_NOW"] = NOW + timedelta(days=3)
    page = sign_in("coordinator.p-cpm-3").page("/my-work/")
    assert texts(page, "//h3[contains(@class, 'work-part')]")[0].startswith("ภายใน 7 วัน")
    app.config["EMES_NOW"] = NOW + timedelta(days=9, hours=8)  # after the deadline, before the closing
    page = sign_in("coordinator.p-cpm-3").page("/my-work/")
    assert texts(page, "//h3[contains(@class, 'work-part')]")[0].startswith("เลยกำหนด")


def test_the_calendar_shows_openings_deadlines_and_closings_in_their_months(sign_in):
    person = sign_in("reporter.p-cpm-3")
    page = person.page("/my-work/calendar?month=2026-11")
    assert "พฤศจิกายน 2569" in page.text_content()
    days = {time.get("datetime"): time.getparent().text_content() for time in page.xpath("//td/time")}
    assert "ปิดระบบ" in days["2026-11-30"] and "กำหนดส่ง" in days["2026-11-29"]
    assert page.xpath("//a[@rel='prev']/@href") == ["/my-work/calendar?month=2026-10"]
    for strange in ("x", "2026-13", "9999-99", "<script>", "0001-01", "9999-12"):
        assert person.get(f"/my-work/calendar?month={strange}").status_code == 200, strange


def test_all_dates_come_as_a_file_for_ones_own_calendar(sign_in, stranger):
    text = sign_in("reporter.p-cpm-3").get("/my-work/calendar.ics").text
    assert text.startswith("BEGIN:VCALENDAR") and text.count("BEGIN:VEVENT") == text.count("END:VEVENT") >= 5
    assert "DTSTART:20261130T093000Z" in text
    assert stranger.get("/my-work/calendar.ics").status_code == 302


def test_the_pages_cost_a_few_statements_and_one_or_two_more_for_who_leads(sign_in):
    for name, most in (("reporter.p-cpm-3", 8), ("coordinator.p-cpm-3", 9), ("director.p-cpm-3", 10)):
        person = sign_in(name)
        with counted() as statements:
            person.page("/my-work/")
        assert len(statements) <= most, (name, len(statements), statements)
        with counted() as statements:
            person.page("/my-work/calendar")
        assert len(statements) <= 8, (name, len(statements))


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_postgresql_reads_the_same_dates_and_work(sign_in):
    coordinator = sign_in("coordinator.p-cpm-3")
    begin(coordinator)
    recommend(coordinator)
    add(coordinator.app)
    page = coordinator.page("/my-work/calendar?month=2026-11")
    assert f"{HERE}/recommendations/1" in page.xpath("//td//a/@href")
    assert len(coordinator.page("/my-work/").xpath("//ul[@class='work']//a")) >= 2
