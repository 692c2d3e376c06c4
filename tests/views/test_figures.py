"""Charts of a round: figures against an independent reckoning, what they are narrowed to, files, and what may not break a drawing."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from xml.etree import ElementTree

import pytest
from flask import Flask

from app.extensions import db, transaction
from app.models import Area, HandIn, Indicator, Outcome, Round, Submission
from app.queries import pace as paces
from app.scope import whole_country
from tests.conftest import NOW
from tests.results import Given, put_outcome, put_release
from tests.reviews import assign, put_handed_in, words
from tests.views.test_statements import counted

on_both_databases = "where marked"

PAGE = "/exports/2566-6/figures"
EXPLORE = "/exports/2566-6/explore"
CHARTS = ("distribution", "means", "levels", "pace", "provinces", "quantities")
SVG = "{http://www.w3.org/2000/svg}"
DAY = timedelta(days=1)


def put_many(app: Flask, offices: int, indicators: tuple[str, ...] = ("QP-1", "QP-2"), *, seed: int = 1) -> list[dict]:
    """Reports of the first offices by code, each with a level of its own and most with one of the review. Answers them as plain data."""
    chance = random.Random(seed)  # noqa: S311 - the same levels in every run
    said = []
    with app.app_context(), whole_country("a test hands in many"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        asked = {row.full_code: row for row in db.session.query(Indicator).filter_by(round_id=found.id)}
        reports: list[tuple[Submission, dict]] = []
        for area in db.session.query(Area).order_by(Area.code).limit(offices):
            for code in indicators:
                own, settled = chance.randint(1, 5), chance.random() < 0.8
                report = {
                    "area": area.code,
                    "region": area.region,
                    "kind": area.kind,
                    "cluster": area.inspection_cluster,
                    "seat": area.provinces_th.split("|")[0],
                    "indicator": code,
                    "self": own,
                    "level": chance.randint(1, 5) if settled else None,
                    "timing": chance.choice(["on_time", "late", "closing"]),
                    "total": chance.randint(10, 99),
                    "part": chance.randint(0, 9),
                    "at": NOW - chance.randint(1, 15) * DAY,
                }
                said.append(report)
                reports.append((_submission(found, area, asked[code], report), report))
        db.session.add_all([row for row, _ in reports])
        db.session.flush()
        db.session.add_all([made for row, report in reports for made in _what_became(row, report)])
    return said


def _submission(found: Round, area: Area, indicator: Indicator, report: dict) -> Submission:
    return Submission(
        round_id=found.id,
        area_id=area.id,
        indicator_id=indicator.id,
        state="submitted",
        started_at=report["at"],
        changed_at=report["at"],
        submitted_at=report["at"],
        timing=report["timing"],
    )


def _what_became(row: Submission, report: dict) -> Iterator[HandIn | Outcome]:
    fields = {"self_level": str(report["self"])}
    fields |= {"quantity.school_total": str(report["total"]), "quantity.school_with_plan": str(report["part"])}
    hand_in = HandIn(area_id=row.area_id, submission_id=row.id, sequence=1, receipt_number=f"T-{row.id}")
    hand_in.timing, hand_in.handed_in_at, hand_in.content = report["timing"], report["at"], {"fields": fields}
    yield hand_in
    if report["level"]:
        yield _outcome(row, report["level"])


def _outcome(row: Submission, level: int) -> Outcome:
    known = {"round_id": row.round_id, "submission_id": row.id, "area_id": row.area_id, "indicator_id": row.indicator_id}
    return Outcome(level=level, basis="single", verdicts={}, decided_at=NOW - DAY, **known)


def mean(numbers: list[int]) -> str:
    exact = Decimal(sum(numbers)) / len(numbers)
    return str(exact.quantize(Decimal("0.01"), ROUND_HALF_UP))


def table(person, address: str) -> list[dict[str, str]]:
    """A downloaded table as a spreadsheet reads it."""
    answer = person.get(address)
    assert answer.status_code == 200, address
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def values(row: dict[str, str]) -> list[str]:
    return list(row.values())


@pytest.fixture
def analyst(sign_in):
    return sign_in("analyst")


# --- figures -------------------------------------------------------------------------------------------------------------------


def test_the_shares_of_levels_are_those_of_the_reports(app, analyst):
    said = put_many(app, 60)
    own, levels = [one["self"] for one in said], [one["level"] for one in said if one["level"]]
    rows = [values(row) for row in table(analyst, f"{PAGE}/distribution.csv")]
    assert [int(row[1]) for row in rows[:5]] == [own.count(level) for level in (5, 4, 3, 2, 1)]
    assert [int(row[3]) for row in rows[:5]] == [levels.count(level) for level in (5, 4, 3, 2, 1)]
    shares = [
        (Decimal(levels.count(level) * 100) / len(levels)).quantize(Decimal("0.01"), ROUND_HALF_UP) for level in (5, 4, 3)
    ]
    assert [Decimal(row[4]) for row in rows[:3]] == shares
    assert (int(rows[5][1]), int(rows[5][3])) == (len(own), len(levels))


@pytest.mark.postgresql
def test_self_and_review_are_compared_over_reports_that_have_both(app, analyst):
    said = put_many(app, 40)
    found = {row[0]: row for row in map(values, table(analyst, f"{PAGE}/means.csv"))}
    for code in ("QP-1", "QP-2"):
        both = [one for one in said if one["indicator"] == code and one["level"]]
        own, levels = [one["self"] for one in both], [one["level"] for one in both]
        gap = (Decimal(sum(levels) - sum(own)) / len(both)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert found[code][2:] == [str(len(both)), mean(own), mean(levels), str(gap)]
    assert found["QP-3"][2:] == ["0", "", "", ""]


def test_the_sentence_counts_the_indicators_in_which_the_review_was_stricter(app, sign_in):
    for code, own, level in (("QP-1", "5", 3), ("QP-2", "4", 4), ("QP-3", "2", 3)):
        put_outcome(app, put_handed_in(app, "P-CPM-3", code, level=own), level)
    reading = words(sign_in("analyst").page(PAGE).xpath("//*[@id='means']//p[@class='reading']")[0])
    assert reading == "ผลประเมินต่ำกว่าที่ประเมินตนเองใน 1 และสูงกว่าใน 1 จาก 3 ตัวชี้วัด"


@pytest.mark.postgresql
def test_the_matrix_of_offices_holds_every_level_and_leaves_open_what_has_none(app, analyst):
    said = {(one["area"], one["indicator"]): one for one in put_many(app, 10)}
    for side, level_of in (
        ("self", lambda one: one["self"]),
        ("reviewed", lambda one: one["level"]),
        ("gap", lambda one: one["level"] and one["level"] - one["self"]),
    ):
        rows = table(analyst, f"{PAGE}/levels.csv?levels={side}")
        assert len(rows) == 245
        for row in rows:
            for code in ("QP-1", "QP-2"):
                one = said.get((values(row)[0], code))
                level = level_of(one) if one else None
                assert row[code].lstrip("'") == ("" if level is None else str(level))


@pytest.mark.postgresql
def test_a_province_counts_the_offices_that_have_their_seat_there(app, analyst):
    said = put_many(app, 245, ("QP-1",))
    rows = {row[0]: row for row in map(values, table(analyst, f"{PAGE}/provinces.csv?indicator=QP-1"))}
    assert len(rows) == 77
    for seat, row in rows.items():
        here = [one for one in said if one["seat"] == seat]
        levels = [one["level"] for one in here if one["level"]]
        assert row[1:5] == [str(len(here)), str(len(here)), str(len(here)), "100.00"]
        assert row[5:] == [mean([one["self"] for one in here]), mean(levels) if levels else ""]


@pytest.mark.postgresql
def test_a_quantity_is_added_up_by_region_and_its_percentage_is_sum_over_sum(app, analyst):
    said = [one for one in put_many(app, 80) if one["indicator"] == "QP-1"]
    rows = [values(row) for row in table(analyst, f"{PAGE}/quantities.csv?of=QP-1")]
    names = {"north": "ภาคเหนือ", "northeast": "ภาคตะวันออกเฉียงเหนือ", "central_east": "ภาคกลางและภาคตะวันออก", "south": "ภาคใต้"}
    regions = [(name, [one for one in said if one["region"] == key]) for key, name in names.items()]
    for name, here in [*regions, ("ทั้งหมด", said)]:
        row = next(row for row in rows if "แผน" in row[0] and row[2] == name)
        part, whole = sum(one["part"] for one in here), sum(one["total"] for one in here)
        share = (Decimal(part * 100) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP) if here else ""
        assert row[3:] == [str(len(here)), str(part) if here else "", str(whole) if here else "", str(share)]


@pytest.mark.postgresql
def test_the_latest_hand_in_counts_and_of_a_frozen_dataset_the_latest_of_its_time(app, analyst):
    report = put_handed_in(app, "P-CPM-3", "QP-1", **{"quantity.school_total": "10"})
    with app.app_context(), whole_country("a test hands in again"), transaction():
        area_id = db.session.get_one(Submission, report).area_id
        later = HandIn(area_id=area_id, submission_id=report, sequence=2, receipt_number="T-again", handed_in_at=NOW)
        later.content = {"fields": {"self_level": "4", "quantity.school_total": "30"}}
        first = db.session.query(HandIn).filter_by(submission_id=report, sequence=1).one()
        first.handed_in_at = NOW - 3 * DAY
        db.session.add(later)
    put_release(app, {"P-CPM-3": {"QP-1": Given(3, 5)}}, as_of=NOW - 2 * DAY)
    address = f"{EXPLORE}.csv?measure=quantity&quantity=QP-1.school_total&by=kind"
    assert values(table(analyst, address)[0])[2] == "30"
    assert values(table(analyst, f"{address}&basis=1")[0])[2] == "10"


@pytest.mark.postgresql
def test_completeness_rises_by_the_day_and_stops_at_this_moment(app, analyst):
    said = put_many(app, 30)
    rows = [values(row) for row in table(analyst, f"{PAGE}/pace.csv")]
    assert len(rows) == 21  # from 31 October to 20 November
    by_day = [sum(one["at"].date() <= (NOW - (20 - number) * DAY).date() for one in said) for number in range(21)]
    assert [int(row[2]) for row in rows] == by_day
    assert sum(int(row[1]) for row in rows) == len(said)


@pytest.mark.postgresql
def test_the_pace_of_some_offices_counts_only_these(app):
    said = put_many(app, 60)
    with app.app_context(), whole_country("a test looks"):
        found = db.session.query(Round).filter_by(code="2566-6").one()
        north = paces.paces([found], paces.Filter(region="north", indicator="QP-2"))[0].curve
        before = paces.paces([found], until=NOW - 8 * DAY)[0].curve
        offices = db.session.query(Area).filter_by(region="north").count()
    of_north = [one for one in said if one["region"] == "north" and one["indicator"] == "QP-2"]
    assert (sum(north.sent_by_day), north.asked) == (len(of_north), offices)
    assert sum(before.sent_by_day) == sum(one["at"] <= NOW - 8 * DAY for one in said)


# --- what the figures are of ---------------------------------------------------------------------------------------------------


def test_a_frozen_dataset_shows_what_was_frozen_and_says_which(app, analyst):
    put_release(app, {"P-CPM-3": {"QP-1": Given(2, 5), "QP-2": Given(None, None, is_reported=False)}})
    page = analyst.page(f"{PAGE}?basis=1")
    said = words(page.xpath("//section[contains(@class,'basis')]")[0])
    assert "ชุดข้อมูลที่ 1" in said
    assert "00000000" in said
    assert "1 เขต" in said
    rows = {row[0]: row for row in map(values, table(analyst, f"{PAGE}/means.csv?basis=1"))}
    assert rows["QP-1"][2:] == ["1", "5.00", "2.00", "-3.00"]
    assert list(rows) == ["QP-1", "QP-2"]


def test_a_dataset_that_is_not_there_and_a_rehearsal_are_not_found(analyst):
    for address in (f"{PAGE}?basis=9", f"{PAGE}/levels.csv?basis=9", "/exports/2566-9/figures", "/exports/nothing/explore"):
        assert analyst.get(address).status_code == 404, address
    assert analyst.get(f"{PAGE}/nothing.csv").status_code == 404
    assert analyst.get(f"{PAGE}/nothing.svg").status_code == 404
    assert analyst.get(f"{PAGE}/quantities.svg?of=QP-99").status_code == 404
    assert analyst.get(f"{PAGE}?basis=abc&levels=x&tiles=y&cluster=%00&region=atlantis").status_code == 200


FILTERS = {
    "region=south": lambda one: one["region"] == "south",
    "kind=secondary": lambda one: one["kind"] == "secondary",
    "cluster=3": lambda one: one["cluster"] == 3,
    "indicator=QP-2": lambda one: one["indicator"] == "QP-2",
    "province=ชัยภูมิ&kind=primary": lambda one: one["seat"] == "ชัยภูมิ" and one["kind"] == "primary",
}


@pytest.mark.postgresql
def test_every_filter_leaves_the_reports_that_fit(app, analyst):
    said = put_many(app, 245)
    for asked, fits in FILTERS.items():
        left = [one for one in said if fits(one)]
        rows = [values(row) for row in table(analyst, f"{PAGE}/distribution.csv?{asked}")]
        assert (int(rows[5][1]), int(rows[5][3])) == (len(left), sum(one["level"] is not None for one in left)), asked


def test_links_of_the_page_keep_the_choice(app, analyst):
    put_many(app, 30)
    page = analyst.page(f"{PAGE}?kind=primary&tiles=self&levels=gap")
    below = page.xpath("//main//a[not(ancestor::ul[contains(@class, 'tabs')])]/@href")
    links = [link for link in below if link.startswith((PAGE, EXPLORE)) and link != f"{PAGE}?"]
    kept = [link for link in links if "kind=primary" in link]
    assert len(kept) > 15
    assert len([link for link in links if link not in kept]) == 1, "only the link that clears the choice"
    assert page.xpath("//select[@name='kind']/option[@selected]/@value") == ["primary"]
    assert page.xpath("//input[@name='tiles']/@value") == ["self"]
    for link in {link.partition("?")[0]: link for link in kept}.values():
        assert analyst.get(link).status_code == 200, link


# --- drawings ------------------------------------------------------------------------------------------------------------------


@pytest.mark.postgresql
def test_every_chart_has_its_sentence_table_file_and_a_drawing_with_words(app, analyst):
    put_many(app, 20)
    page = analyst.page(PAGE)
    figures = page.xpath("//figure[contains(@class,'chart')]")
    assert {figure.get("id").partition("-")[0] for figure in figures} == set(CHARTS)
    for figure in figures:
        assert words(figure.xpath(".//p[@class='reading']")[0])
        assert figure.xpath(".//details//table//tbody/tr"), figure.get("id")
        assert figure.xpath(".//a[contains(@href,'.csv')]")
        for drawing in figure.xpath(".//svg[@viewbox or @viewBox][@role='img']"):
            assert len(drawing.get("aria-label", "")) > 20 or drawing.get("class") == "ic"
    assert len(page.xpath("//*[@id='provinces']//div[@class='drawn']//text")) >= 2 * 77


@pytest.mark.postgresql
def test_a_drawing_is_a_file_of_its_own_that_says_where_its_figures_come_from(app, analyst):
    put_many(app, 20)
    for chart in CHARTS:
        answer = analyst.get(f"{PAGE}/{chart}.svg?kind=primary")
        assert answer.mimetype == "image/svg+xml"
        assert f"emes-2566-6-{chart}" in answer.headers["Content-Disposition"]
        root = ElementTree.fromstring(answer.data)  # noqa: S314 - our own
        assert root.tag == f"{SVG}svg"
        assert root.findtext(f"{SVG}title")
        assert root.findtext(f"{SVG}desc")
        said = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))
        assert "รอบ 6 เดือน" in said
        assert "ประถมศึกษา" in said


@pytest.mark.postgresql
def test_a_hostile_name_stands_in_drawings_tables_and_files_as_it_is(app, analyst):
    put_many(app, 5)
    hostile = '</text><script>alert("1")</script>&<b>'
    with app.app_context(), whole_country("a test renames"), transaction():
        for row in db.session.query(Indicator):
            row.text_th = f"=cmd{hostile}"
        for area in db.session.query(Area):
            area.short_th = f"={hostile}{area.id}"
            area.provinces_th = f"'\"{hostile}"
        db.session.query(Round).filter_by(code="2566-6").one().name_th = f"รอบ{hostile}"
    for address in (PAGE, f"{EXPLORE}?by=office", f"{EXPLORE}?by=province", f"{EXPLORE}?by=indicator&look=line"):
        page = analyst.page(address)
        assert not [script for script in page.xpath("//script") if "alert" in (script.text or "")]
    for chart in CHARTS:
        ElementTree.fromstring(analyst.get(f"{PAGE}/{chart}.svg").data)  # noqa: S314 - our own
    for row in table(analyst, f"{PAGE}/levels.csv"):
        assert not any(cell.startswith("=") for cell in row.values())


def test_a_round_in_which_nothing_was_sent_says_so_and_draws_nothing_that_is_not_there(analyst):
    page = analyst.page(PAGE)
    readings = [words(found) for found in page.xpath("//p[@class='reading']")]
    assert "ยังไม่มีรายงานที่มีระดับคุณภาพ" in readings
    assert "ยังไม่มีการส่งรายงาน" in readings
    assert not page.xpath("//*[@id='distribution' or @id='means' or @id='quantities']//div[@class='drawn']")
    assert analyst.get(f"{PAGE}/distribution.svg").status_code == 404
    assert analyst.get(f"{PAGE}?province=ไม่มี").status_code == 200
    assert analyst.get(f"{EXPLORE}?province=ไม่มี&measure=quantity").status_code == 200
    assert analyst.get("/exports/2566-12/figures").status_code == 200


# --- exploring -----------------------------------------------------------------------------------------------------------------


def test_every_measure_by_every_grouping_answers_and_adds_up(app, analyst):
    said = put_many(app, 60)
    for by in ("indicator", "region", "province", "kind", "cluster", "office"):
        for measure, column, whole in (
            ("sent", 2, len(said)),
            ("on_time", 2, sum(one["timing"] == "on_time" for one in said)),
            ("self", 1, len(said)),
            ("reviewed", 1, sum(one["level"] is not None for one in said)),
            ("gap", 1, sum(one["level"] is not None for one in said)),
            ("quantity", 1, sum(one["indicator"] == "QP-1" for one in said)),
        ):
            rows = [values(row) for row in table(analyst, f"{EXPLORE}.csv?measure={measure}&by={by}")]
            assert sum(int(row[column]) for row in rows) == whole, (by, measure)


def test_the_page_shows_the_same_table_with_the_whole_below_and_names_what_is_drawn(app, analyst):
    said = put_many(app, 60)
    page = analyst.page(f"{EXPLORE}?measure=reviewed&by=region&order=most")
    rows = page.xpath("//table[@id='explored']/tbody/tr")
    means = [Decimal(row.xpath("./td[2]/@data-value")[0]) for row in rows]
    assert means == sorted(means, reverse=True)
    assert words(page.xpath("//table[@id='explored']/tfoot/tr")[0]).endswith(
        mean([one["level"] for one in said if one["level"]])
    )
    canvas = page.xpath("//canvas")[0]
    assert (canvas.get("data-look"), canvas.get("data-column"), canvas.get("data-most")) == ("bar", "2", "5")
    assert "ข้อมูล ณ" in canvas.get("data-source")


def test_a_doughnut_is_drawn_of_parts_of_a_whole_alone(app, analyst):
    put_many(app, 60)
    fits = analyst.page(f"{EXPLORE}?measure=sent&by=region&look=doughnut")
    assert fits.xpath("//canvas/@data-look") == ["doughnut"]
    assert fits.xpath("//canvas/@data-column") == ["2"], "reports, not percentages"
    for asked in ("measure=self&by=region", "measure=sent&by=office"):
        page = analyst.page(f"{EXPLORE}?{asked}&look=doughnut")
        assert page.xpath("//canvas/@data-look") == ["bar"]
        assert page.xpath("//p[contains(@class,'warn')]")


def test_nonsense_in_the_address_gives_the_usual_page(analyst):
    page = analyst.page(f"{EXPLORE}?measure=x&by=%00&look=7&order=&quantity=QP-1.nothing&basis=")
    assert page.xpath("//select[@name='measure']/option[@selected]/@value") == ["sent"]
    assert page.xpath("//select[@name='quantity']/option[@selected]/@value") == ["QP-1.school_total"]


# --- who and at what cost ------------------------------------------------------------------------------------------------------


def test_analysts_and_the_centre_look_at_charts_and_nobody_else(sign_in, stranger):
    for name in ("analyst", "central", "admin"):
        assert sign_in(name).get(PAGE).status_code == 200
    for name in ("reporter.p-cpm-3", "director.p-cpm-3", "evaluator1", "moderator"):
        for address in (PAGE, EXPLORE, f"{PAGE}/levels.csv", f"{PAGE}/levels.svg", f"{EXPLORE}.csv"):
            assert sign_in(name).get(address).status_code == 403
    assert stranger.get(PAGE).status_code == 302


def test_whoever_reviews_blind_is_led_away_from_charts_too(app, sign_in):
    put_handed_in(app, "P-CPM-3", "QP-1")
    assign(app, "P-CPM-3", "QP-1", "evaluator1")
    with app.app_context(), transaction():
        from app.domain.access import Duty
        from app.queries import account as accounts

        person, analyst = (accounts.user_by_email(f"{name}@emes.test") for name in ("evaluator1", "analyst"))
        assert person is not None
        assert analyst is not None
        person.roles = [*person.roles, *(role for role in analyst.roles if role.name == Duty.ANALYST)]
    both = sign_in("evaluator1")
    for address in (PAGE, EXPLORE, f"{PAGE}/levels.csv", f"{PAGE}/levels.svg", f"{EXPLORE}.csv"):
        answer = both.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/review/2566-6/"), address


@pytest.mark.postgresql
def test_a_page_costs_the_same_for_few_and_many_offices(app, analyst):
    addresses = (PAGE, f"{PAGE}?region=north", EXPLORE, f"{EXPLORE}?measure=quantity&by=office", f"{EXPLORE}?measure=on_time")

    def costs() -> list[int]:
        found = []
        for address in addresses:
            analyst.get(address)
            with counted() as statements:
                assert analyst.get(address).status_code == 200
            found.append(len(statements))
        return found

    put_many(app, 3, ("QP-1",))
    few = costs()
    put_many(app, 245, ("QP-2", "QP-5", "QP-10"))
    assert costs() == few
    assert max(few) <= 10, few
