"""The monitoring board: what it counts, how it is narrowed, who may see it, and how it stays true while it is looked at."""

from __future__ import annotations

from datetime import timedelta

import lxml.html
import pytest

from app.domain.access import Duty
from app.extensions import db, transaction
from app.models import Area, Assignment, Extension, Indicator, Round, Submission
from app.queries import board, board_figures
from app.queries.board import Filter
from app.scope import whole_country
from app.views import monitor_live
from tests.conftest import NOW
from tests.person import REPORT, Person, one_page_pdf
from tests.reports import HOUR, put_report
from tests.services.doing import looking, user_id_of

on_both_databases = "where marked"
BOARD = "/monitor/2566-6/"
DAY = timedelta(days=1)


def figure(page, name: str) -> str:
    return page.xpath(f"string(//*[@data-live-text='{name}'])")


def look(page, area: str, code: str) -> set[str]:
    """The classes of a cell."""
    return set(page.xpath(f"string(//tr[@data-area='{area}']//a[starts-with(@aria-label, '{code} ')]/@class)").split())


def label(page, area: str, code: str) -> str:
    return page.xpath(f"string(//tr[@data-area='{area}']//a[starts-with(@aria-label, '{code} ')]/@aria-label)")


def codes(page) -> list[str]:
    return page.xpath("//tr/@data-area")


def extend(app, area: str, until, indicator: str | None = None) -> None:
    with app.app_context(), whole_country("a test gives more time"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        asked = db.session.query(Indicator).filter_by(round_id=found.id, full_code=indicator).one() if indicator else None
        row = Extension(round_id=found.id, reason="น้ำท่วม", granted_at=NOW, until_at=until)
        row.area_id = db.session.query(Area).filter_by(code=area).one().id
        row.indicator_id = asked.id if asked else None
        db.session.add(row)


# --- figures ------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_every_figure_agrees_with_what_was_counted_by_hand(app, central):
    put_report(app, "P-CPM-3", "QP-1", "submitted")
    put_report(app, "P-CPM-3", "QP-2", "submitted", timing="late")
    put_report(app, "P-CPM-3", "QP-3", "submitted", timing="closing")
    put_report(app, "P-CPM-3", "QP-4", missing_count=0)
    put_report(app, "P-CPM-3", "QP-5")
    put_report(app, "P-CPM-2", "QP-1", "returned")
    put_report(app, "P-CPM-2", "QP-2", missing_count=9, begun=False)
    put_report(app, "S-BKK-1", "QP-6a", "submitted")  # not asked of a secondary office: counts nowhere
    page = central.page(BOARD + "?sort=most")
    shown = {
        name: figure(page, name) for name in ("sent", "asked", "complete", "offices", "silent", "ready", "returned", "late")
    }
    assert shown == {
        "sent": "3",
        "asked": "2,940",
        "complete": "0",
        "offices": "245",
        "silent": "243",
        "ready": "1",
        "returned": "1",
        "late": "1",
    }
    assert codes(page)[:2] == ["P-CPM-3", "P-CPM-2"]
    assert page.xpath("normalize-space(//tr[@data-area='P-CPM-3']/td[3])") == "3/12"
    cells = {code: look(page, "P-CPM-3", code) for code in ("QP-1", "QP-2", "QP-3", "QP-4", "QP-5", "QP-7")}
    assert cells == {
        "QP-1": {"submitted"},
        "QP-2": {"submitted", "late"},
        "QP-3": {"submitted"},
        "QP-4": {"ready"},
        "QP-5": {"in_progress"},
        "QP-7": {"not_started"},
    }
    assert label(page, "P-CPM-3", "QP-5") == "QP-5 · กำลังทำ · ขาด 3 รายการ"
    assert look(page, "P-CPM-2", "QP-2") == {"not_started"}, "only opened: what was filled in beforehand is no beginning"
    assert not page.xpath("//tr[@data-area='P-CPM-3']//a[starts-with(@aria-label, 'QP-6b ')]"), "not asked of a primary office"


@pytest.mark.postgresql
def test_an_office_counts_as_complete_with_all_that_is_asked_of_its_kind(app, central):
    with looking(app):
        asked = [
            row.full_code
            for row in db.session.query(Indicator)
            .join(Round, Round.id == Indicator.round_id)
            .filter(Round.code == "2566-6", Indicator.applies_to.in_(("both", "secondary")))
        ]
    for code in asked:
        put_report(app, "S-BKK-1", code, "submitted")
    page = central.page(f"{BOARD}?state=complete")
    assert (codes(page), figure(page, "percent")) == (["S-BKK-1"], "100%")


def test_what_people_do_is_what_the_board_shows(reporter, central):
    reporter.get(REPORT)
    assert look(central.page(f"{BOARD}?q=ชัยภูมิ 3"), "P-CPM-3", "QP-1") == {"not_started"}
    reporter.patch(REPORT, {"reporter_name": ("สมศรี ใจดี", 0)})
    assert look(central.page(f"{BOARD}?q=ชัยภูมิ 3"), "P-CPM-3", "QP-1") == {"not_started"}, "only who reports"
    reporter.upload("criterion.1", ("ก.pdf", one_page_pdf()))
    assert look(central.page(f"{BOARD}?q=ชัยภูมิ 3"), "P-CPM-3", "QP-1") == {"in_progress"}
    reporter.report_everything("/reports/2566-6/P-CPM-3/QP-2")
    assert look(central.page(f"{BOARD}?q=ชัยภูมิ 3"), "P-CPM-3", "QP-2") == {"ready"}
    assert reporter.post("/reports/2566-6/P-CPM-3/QP-2/submit").status_code == 303
    page = central.page(f"{BOARD}?q=ชัยภูมิ 3")
    assert look(page, "P-CPM-3", "QP-2") == {"submitted"}
    assert "ผู้ประสานงาน สาธิต" in page.xpath("string(//tr[@data-area='P-CPM-3'])")


@pytest.mark.postgresql
def test_more_time_is_marked_and_keeps_a_report_from_being_overdue(app, sign_in):
    put_report(app, "P-CPM-3", "QP-1")
    put_report(app, "P-CPM-2", "QP-1")
    extend(app, "P-CPM-3", NOW + 30 * DAY)
    extend(app, "P-CPM-2", NOW + 30 * DAY, "QP-2")
    app.config["EMES_NOW"] = NOW + 9 * DAY + 8 * HOUR  # 29 November 18.00: the deadline has passed, the closing has not
    central = sign_in("central")
    page = central.page(f"{BOARD}?province=ชัยภูมิ")
    assert look(page, "P-CPM-3", "QP-1") == {"in_progress", "more"}
    assert look(page, "P-CPM-2", "QP-1") == {"in_progress", "over"}
    assert look(page, "P-CPM-2", "QP-2") == {"not_started", "more"}
    assert "ได้ขยายเวลา" in label(page, "P-CPM-3", "QP-1")
    assert codes(central.page(f"{BOARD}?state=extended&sort=name")) == ["P-CPM-2", "P-CPM-3"]


def test_whoever_answers_for_an_indicator_is_named_at_its_cell(app, central):
    with app.app_context(), whole_country("a test assigns"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        asked = db.session.query(Indicator).filter_by(round_id=found.id, full_code="QP-3").one()
        area = db.session.query(Area).filter_by(code="P-CPM-3").one()
        row = Assignment(round_id=found.id, indicator_id=asked.id, user_id=user_id_of(app, "reporter.p-cpm-3"), assigned_at=NOW)
        row.area_id = area.id
        db.session.add(row)
    assert label(central.page(f"{BOARD}?q=P-CPM-3"), "P-CPM-3", "QP-3").endswith(" · ผู้รายงาน สาธิต")
    assert "ผู้รายงาน สาธิต" in central.page(f"{BOARD}at-risk?q=P-CPM-3").xpath("string(//ol)")


# --- filters ------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("asked", "number"),
    [
        ({"q": "สพป ชัยภูมิ เขต ๓"}, 1),
        ({"q": "chaiyaphum"}, 4),
        ({"q": "S-BKK"}, 2),
        ({"province": "ชัยภูมิ"}, 4),
        ({"province": "ชัย"}, 0),
        ({"kind": "secondary"}, 62),
        ({"region": "south"}, 39),
        ({"region": "mars", "kind": "other", "cluster": "x", "state": "?", "sort": "?"}, 245),
        ({"indicator": "QP-6b"}, 62),
        ({"indicator": "QP-99"}, 0),
        ({"q": "%"}, 0),
        ({"state": "complete"}, 0),
        ({"state": "silent"}, 245),
    ],
)
def test_a_filter_leaves_the_offices_that_it_says(app, asked, number):
    with looking(app):
        found = db.session.query(Round).filter_by(code="2566-6").one()
        assert len(board.area_ids_matching(found, Filter.from_args(asked))) == number


@pytest.mark.postgresql
def test_clusters_and_states_of_reports_narrow_too(app, central):
    put_report(app, "P-CPM-3", "QP-1", "returned")
    put_report(app, "P-CPM-2", "QP-1", missing_count=0)
    put_report(app, "P-CPM-2", "QP-2", "submitted", timing="grace")
    seen = {state: codes(central.page(f"{BOARD}?state={state}")) for state in ("returned", "ready", "submitted", "late")}
    assert seen == {"returned": ["P-CPM-3"], "ready": ["P-CPM-2"], "submitted": ["P-CPM-2"], "late": ["P-CPM-2"]}
    assert codes(central.page(f"{BOARD}?state=ready&indicator=QP-2")) == [], "of the indicator alone"
    with looking(app):
        cluster = db.session.query(Area).filter_by(code="P-CPM-3").one().inspection_cluster
        number = db.session.query(Area).filter_by(inspection_cluster=cluster).count()
    assert figure(central.page(f"{BOARD}?cluster={cluster}"), "offices") == str(number)


@pytest.mark.postgresql
def test_pages_follow_each_other_without_losing_an_office_and_keep_the_filter(central):
    seen, address = [], f"{BOARD}?sort=name&kind=primary"
    while address:
        page = central.page(address)
        seen += codes(page)
        address = page.xpath("string(//a[@rel='next']/@href)")
    assert len(seen) == len(set(seen)) == 183
    assert codes(central.page(f"{BOARD}?page=99999"))
    assert codes(central.page(f"{BOARD}?page=๒")) == codes(central.page(f"{BOARD}?page=2"))


# --- who and where ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("duty", [Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR])
def test_an_office_sees_nothing_of_it(sign_in, duty):
    person = sign_in(f"{duty}.p-cpm-3")
    for path in (BOARD, f"{BOARD}live", f"{BOARD}pace", f"{BOARD}at-risk", f"{BOARD}at-risk.csv", f"{BOARD}at-risk.xlsx"):
        assert person.get(path).status_code == 403, path


def test_the_centre_lands_on_it_and_the_old_address_leads_there(central):
    assert central.get("/reports/").location == BOARD
    moved = central.get("/reports/2566-6/?q=ชัยภูมิ&region=north&other=1")
    assert moved.status_code == 303
    assert moved.location.startswith(f"{BOARD}?")
    assert "region=north" in moved.location
    assert "other" not in moved.location
    assert central.get("/monitor/2599-6/").status_code == 404


def test_rehearsals_and_other_rounds_stay_within_reach(sign_in, central):
    central.post("/rounds/2566-6/rehearsal", {"minutes": "30", "grace": "5"})
    page = central.page(BOARD)
    assert {"/monitor/2566-12/", "/monitor/2566-6-R1/", "/rounds/2566-6/rehearsal"} <= set(page.xpath("//a/@href"))
    assert "/rounds/2566-6/rehearsal" not in sign_in("analyst").page(BOARD).xpath("//a/@href")


def test_offices_are_ticked_only_by_who_may_remind_and_in_no_rehearsal(sign_in, central):
    assert not sign_in("analyst").page(BOARD).xpath("//input[@name='area']")
    central.post("/rounds/2566-6/rehearsal", {"minutes": "30", "grace": "5"})
    assert not central.page("/monitor/2566-6-R1/").xpath("//input[@name='area']")


@pytest.mark.postgresql
def test_the_ticked_offices_and_all_that_match_come_to_the_reminder_as_the_board_showed_them(sign_in, central):
    page = central.page(f"{BOARD}?region=north&state=incomplete")
    form = page.xpath("//form[@action='/monitor/2566-6/remind']")[0]
    assert form.get("method") == "post"
    assert len(form.xpath(".//input[@name='area']")) == 50
    hidden = {box.get("name"): box.get("value") for box in form.xpath(".//input[@type='hidden']")}
    assert {"region": "north", "state": "incomplete"}.items() <= hidden.items()
    ticked = central.post("/monitor/2566-6/remind", hidden | {"area": ["P-CPM-3", "S-BKK-1"]})
    assert sorted(lxml.html.fromstring(ticked.text).xpath("//input[@name='area']/@value")) == ["P-CPM-3", "S-BKK-1"]
    north = figure(page, "offices")
    everybody = lxml.html.fromstring(central.post("/monitor/2566-6/remind", hidden | {"all": "1"}).text)
    assert len(everybody.xpath("//input[@name='area']")) == int(north)


# --- live ---------------------------------------------------------------------------------------------------------------------


def test_an_open_page_learns_what_changed_and_nothing_else(app, central):
    put_report(app, "P-CPM-2", "QP-1", changed_at=NOW - DAY)
    since = {"query_string": {"since": NOW.isoformat()}}
    first = central.get(f"{BOARD}live", **since)
    assert first.json["figures"]["sent"] == "0"
    assert first.json["cells"] == []
    again = central.get(f"{BOARD}live", headers={"If-None-Match": first.headers["ETag"]}, **since)
    assert (again.status_code, again.data) == (304, b"")
    put_report(app, "P-CPM-3", "QP-1", "submitted", changed_at=NOW - DAY, handed_in_at=NOW)
    answer = central.get(f"{BOARD}live", headers={"If-None-Match": first.headers["ETag"]}, **since)
    assert answer.status_code == 200
    assert answer.json["figures"]["sent"] == "1"
    assert [(cell["area"], cell["status"], cell["glyph"]) for cell in answer.json["cells"]] == [("P-CPM-3", "submitted", "✓")]
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.mark.postgresql
def test_the_live_figures_are_those_of_the_page_under_every_filter(app, central):
    put_report(app, "P-CPM-3", "QP-1", "submitted", timing="late")
    put_report(app, "S-BKK-1", "QP-6b")
    for query in ("", "?kind=primary", "?indicator=QP-6b", "?state=submitted", "?q=ชัยภูมิ"):
        page, live = central.page(f"{BOARD}{query}"), central.get(f"{BOARD}live{query}").json["figures"]
        assert {name: figure(page, name) for name in live} == live, query


def test_the_page_asks_often_on_the_last_day_and_never_before_the_round_opens(app, central, sign_in):
    assert central.page(BOARD).xpath("//@data-every") == ["120"]
    assert not central.page("/monitor/2566-12/").xpath("//@data-every")
    app.config["EMES_NOW"] = NOW + 9 * DAY
    assert sign_in("central").page(BOARD).xpath("//@data-every") == ["20"]


def test_the_passing_of_the_deadline_is_news_too(app, central, sign_in):
    before = central.get(f"{BOARD}live").headers["ETag"]
    app.config["EMES_NOW"] = NOW + 9 * DAY + 8 * HOUR
    assert sign_in("central").get(f"{BOARD}live", headers={"If-None-Match": before}).status_code == 200


@pytest.mark.parametrize("since", ["", "yesterday", "2026-11-20", "9999-12-31T23:59:59+14:00", "0001-01-01T00:00:00+00:00"])
def test_a_moment_that_is_none_asks_for_no_changes(central, since):
    assert central.get(f"{BOARD}live", query_string={"since": since}).status_code == 200


# --- many offices -------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_with_many_offices_one_goes_through_regions_and_provinces(app, central):
    assert app.test_cli_runner().invoke(args=["seed", "scale", "--areas", "700", "--indicators", "3"]).exit_code == 0
    page = central.page("/monitor/2590-6/")
    assert figure(page, "offices") == "700"
    assert not page.xpath("//*[@data-heat]")
    assert page.xpath("//@data-every") == ["300"]
    assert len(codes(page)) == 50
    regions = page.xpath("//table[.//th[normalize-space()='ภาค']]//a/@href")
    assert len(regions) == 4
    within = central.page(regions[0])
    assert int(figure(within, "offices")) < 400
    assert within.xpath("//*[@data-heat]"), "few enough again to be drawn"


# --- what a closer look found -------------------------------------------------------------------------------------------------


def change(app, model, **values) -> None:
    with app.app_context(), whole_country("a test changes something"), transaction():
        db.session.query(model).update(values)


@pytest.mark.postgresql
def test_the_live_answer_knows_more_time_as_the_page_does(app, central):
    put_report(app, "P-CPM-3", "QP-1")
    closes = NOW + 10 * DAY
    extend(app, "P-CPM-3", closes + 5 * DAY)
    app.config["EMES_NOW"] = later = closes + 3 * HOUR
    central = Person(app).signed_in("central@emes.test")
    page = central.page(f"{BOARD}?q=P-CPM-3")
    change(app, Submission, changed_at=later)
    (cell,) = central.get(f"{BOARD}live", query_string={"since": closes.isoformat()}).json["cells"]
    assert f"QP-1{cell['label']}" == label(page, "P-CPM-3", "QP-1")
    assert set(cell["look"].split()) == look(page, "P-CPM-3", "QP-1") == {"in_progress", "more"}


@pytest.mark.postgresql
def test_the_mark_of_an_answer_changes_with_more_time_and_with_what_is_asked(app, central):
    put_report(app, "P-CPM-3", "QP-1", missing_count=0)
    extend(app, "P-CPM-3", NOW + 50 * DAY)
    tags = [central.get(f"{BOARD}live").headers["ETag"]]
    for model, values in ((Extension, {"active": False}), (Indicator, {"version": 2}), (Indicator, {"active": False})):
        change(app, model, **values)
        tags.append(central.get(f"{BOARD}live").headers["ETag"])
    assert len(set(tags)) == 4
    weak = central.get(f"{BOARD}live", headers={"If-None-Match": f"W/{tags[-1]}"})
    assert weak.status_code == 304, "a proxy that packs makes the mark a weak one"


def test_where_more_changed_than_an_answer_holds_the_page_is_told_to_read_anew(app, central, monkeypatch):
    for code in ("QP-1", "QP-2", "QP-3"):
        put_report(app, "P-CPM-3", code, "submitted")
    asked = {"query_string": {"since": (NOW - DAY).isoformat()}}
    assert central.get(f"{BOARD}live", **asked).json["reload"] is False
    for module in (board_figures, monitor_live):
        monkeypatch.setattr(module, "MOST_CHANGES", 3)
    assert central.get(f"{BOARD}live", **asked).json["reload"] is True


def test_a_board_that_lies_open_is_no_sign_of_life(app, central):
    for minutes in range(5, 200, 5):
        app.config["EMES_NOW"] = NOW + timedelta(minutes=minutes)
        last = central.get(f"{BOARD}live").status_code
    assert last not in (200, 304)


@pytest.mark.postgresql
def test_an_archived_round_keeps_its_board_and_its_pace_and_stands_among_no_others(app, central):
    with app.app_context(), transaction():
        db.session.query(Round).filter_by(code="2566-6").update({"stage": "archived"})
    assert central.get(BOARD).status_code == central.get(f"{BOARD}pace").status_code == 200
    assert BOARD not in central.page("/monitor/2566-12/").xpath("//a/@href")
