"""The office reads its own history: who, when, what, in plain Thai."""

from __future__ import annotations

import pytest

from app.domain.access import Actor
from app.services import record
from tests.conftest import NOW
from tests.person import REPORT, one_page_pdf
from tests.services.doing import area_id_of, doing
from tests.views.test_statements import cost

on_both_databases = "where marked"

HISTORY = "/reports/2566-6/P-CPM-3/history"
OF_REPORT = f"{REPORT}/history"
NAME = "นางสุภาพร วงศ์ชัย"


def lines(page) -> list[str]:
    """The sentences of a page, without the texts folded under them."""
    found = []
    for entry in page.xpath("//ol[@class='hist-list']/li/div[@class='what']"):
        for folded in entry.xpath("./details"):
            folded.drop_tree()
        found.append(" ".join(entry.text_content().split()))
    return found


@pytest.fixture
def name(reporter) -> str:
    """The reporter's name as the record knows it."""
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    return lines(reporter.page(OF_REPORT))[0].split(" กรอก")[0]


def test_every_kind_of_change_reads_as_a_sentence(reporter, name):
    reporter.patch(REPORT, {"self_level": ("4", 1), "criterion.1.complete": (True, 0), "is_challenge": (True, 0)})
    reporter.patch(REPORT, {"self_level": ("", 2), "no_problems": (True, 0), "problems": ("ครูไม่พอ", 0)})
    reporter.patch(
        REPORT, {"no_problems": (False, 1), "reporter_phone": ("081 234 5678", 0), "quantity.school_total": ("1234", 0)}
    )
    file = reporter.upload("criterion.2", ("คำสั่ง.pdf", one_page_pdf())).json["evidence"][0]["id"]
    reporter.upload("pa.lesson", ("บทเรียน.pdf", one_page_pdf()))
    reporter.delete(f"/evidence/{file}")
    reporter.post(f"/evidence/{file}/restore")
    reporter.patch(REPORT, {"problems": ("งบประมาณไม่พอ", 0)})
    found = lines(reporter.page(OF_REPORT))
    assert found[:5] == [
        f"{name} พิมพ์ทับกับเพื่อนร่วมงานในปัญหา อุปสรรค ข้อเสนอแนะ ข้อความนี้จึงไม่ได้บันทึก",
        f"{name} เรียกคืนไฟล์ “คำสั่ง.pdf” ในประเด็นที่ 2",
        f"{name} ลบไฟล์ “คำสั่ง.pdf” จากประเด็นที่ 2",
        f"{name} แนบไฟล์ “บทเรียน.pdf” ในการถอดบทเรียน (PA)",
        f"{name} แนบไฟล์ “คำสั่ง.pdf” ในประเด็นที่ 2",
    ]
    for said in (
        "เริ่มรายงานตัวชี้วัดนี้",
        "กรอกระดับการประเมินตนเอง: 3",
        "เปลี่ยนระดับการประเมินตนเอง จาก 3 เป็น 4",
        "ลบระดับการประเมินตนเอง ซึ่งเดิมคือ 4",
        "ตอบว่าหลักฐานของประเด็นที่ 1 ครบแล้ว",
        "ระบุว่าตัวชี้วัดนี้เป็นประเด็นท้าทาย (PA) ของสำนักงานเขต",
        "ทำเครื่องหมาย “ไม่มีปัญหา อุปสรรค”",
        "นำเครื่องหมาย “ไม่มีปัญหา อุปสรรค” ออก",
        "เขียนปัญหา อุปสรรค ข้อเสนอแนะ",
    ):
        assert f"{name} {said}" in found, (said, found)
    assert any("1,234" in line for line in found)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("advice.few_pages:criterion.2", "เขียนเหตุผลต่อข้อสังเกตในประเด็นที่ 2"),
        ("advice.round_numbers:report", "เขียนเหตุผลต่อข้อสังเกตในรายงาน"),
        ("something.new:x", "แก้ไขรายการอื่น: something.new:x"),
    ],
)
def test_what_is_new_to_the_record_is_named_too(app, reporter, what, said):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    fill(app, 1, what)
    assert lines(reporter.page(OF_REPORT))[0] == f"ก {said}"


def test_a_report_handed_in_reads_with_its_receipt(reporter):
    reporter.report_everything()
    number = reporter.post(f"{REPORT}/submit", json_answer=True).json["receipt"]
    assert lines(reporter.page(OF_REPORT))[0].endswith(f"ส่งรายงาน เลขรับ {number}")


def test_an_edited_text_shows_both_versions_with_what_differs(reporter):
    reporter.patch(REPORT, {"problems": ("ขาดครู 3 คน", 0)})
    reporter.patch(REPORT, {"problems": ("ขาดครู 5 คน <b>", 1)})
    entry = reporter.page(OF_REPORT).xpath("//ol/li[1]")[0]
    assert [quote.text_content() for quote in entry.xpath(".//blockquote")] == ["ขาดครู 3 คน", "ขาดครู 5 คน <b>"]
    assert entry.xpath(".//del/text()") == ["3"]
    assert entry.xpath(".//ins/text()") == ["5", " <b>"]


def test_days_are_headings_in_the_buddhist_era_and_times_are_those_of_bangkok(reporter):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    page = reporter.page(OF_REPORT)
    assert page.xpath("//h2[@class='hist-day']/text()") == ["20 พ.ย. 2569"]
    assert page.xpath("//ol/li[1]/time/text()") == ["10.00 น."]


@pytest.mark.postgresql
def test_the_history_of_the_round_names_every_report_and_can_be_narrowed(reporter, sign_in):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    sign_in("coordinator.p-cpm-3").patch("/reports/2566-6/P-CPM-3/QP-2", {"self_level": ("5", 0)})
    page = reporter.page(HISTORY)
    assert set(page.xpath("//ol/li/a[@class='qp']/text()")) == {"1", "2"}
    names = page.xpath("//select[@name='by']/option/text()")
    assert len(names) == 3
    only = reporter.page(f"{HISTORY}?indicator=QP-2")
    assert set(only.xpath("//ol/li/a[@class='qp']/text()")) == {"2"}
    other = next(name for name in names[1:] if any(name in line for line in lines(only)))
    mine = reporter.page(f"{HISTORY}?by={other}")
    assert {line.startswith(other) for line in lines(mine)} == {True}
    assert len(lines(mine)) < len(lines(page))


def fill(app, count: int, what: str = "self_level") -> None:
    """So many changes of the level, oldest first."""
    from app.extensions import db
    from app.models import Submission
    from tests.services.doing import looking

    with looking(app):
        subject = f"submission:{db.session.query(Submission.id).scalar()}"
    office = area_id_of(app, "P-CPM-3")
    with doing(app):
        for number in range(count):
            record.change(Actor(None, name="ก"), subject, what, now=NOW, area_id=office, old="1", new=f"{number}")


@pytest.mark.postgresql
def test_older_and_newer_pages_lead_through_everything_once_and_back(app, reporter):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    fill(app, 118)
    address, seen, addresses = HISTORY, [], []
    while address:
        addresses.append(address)
        page = reporter.page(address)
        seen += lines(page)
        address = next(iter(page.xpath("//a[@rel='next']/@href")), None)
    assert len(addresses) == 3
    assert len(seen) == 118 + 5, "begun, three details filled in, the level"
    assert seen[0].endswith("จาก 1 เป็น 117")
    assert "เริ่มรายงาน" in seen[-1]
    back = reporter.page(addresses[2]).xpath("//a[@rel='prev']/@href")[0]
    assert lines(reporter.page(back)) == seen[50:100]
    first = reporter.page(back).xpath("//a[@rel='prev']/@href")[0]
    assert lines(reporter.page(first)) == seen[:50]


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=99999999999999999999", "after=๑", "indicator=NO", "by=%00", "by=ก"]
)
def test_whatever_the_address_says_the_page_opens(reporter, query):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    assert reporter.get(f"{HISTORY}?{query}").status_code == 200


@pytest.mark.postgresql
def test_another_offices_history_does_not_exist_and_central_readers_read_all(reporter, sign_in):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    stranger = sign_in("reporter.p-cpm-2")
    for address in (HISTORY, OF_REPORT, "/reports/2566-6/P-CPM-3/NO/history", "/reports/no/P-CPM-3/history"):
        assert stranger.get(address).status_code == 404
    for somebody in ("central", "evaluator1", "director.p-cpm-3"):
        assert len(lines(sign_in(somebody).page(HISTORY))) == 5
    assert reporter.get("/reports/2566-6/P-CPM-3/NO/history").status_code == 404


def test_the_foot_names_the_end_of_the_chain(app, reporter):
    assert reporter.page(HISTORY).xpath("//p/code") == []
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    from app.queries import record as records

    with app.app_context():
        head = records.head(area_id_of(app, "P-CPM-3"))
    assert head is not None
    assert reporter.page(HISTORY).xpath("//p/code/text()") == [head.hash[:8]]


def test_dashboard_and_report_lead_to_the_history(reporter):
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    assert reporter.page("/reports/2566-6/P-CPM-3/").xpath(f"//a[@href='{HISTORY}']")
    assert reporter.page(REPORT).xpath(f"//a[@href='{OF_REPORT}']")


@pytest.mark.postgresql
def test_the_history_costs_six_statements_whatever_its_length(app, reporter):
    few = cost(reporter, HISTORY)
    reporter.patch(REPORT, {"self_level": ("3", 0)})
    fill(app, 120)
    assert max(few, cost(reporter, HISTORY), cost(reporter, OF_REPORT), cost(reporter, f"{HISTORY}?before=60&by=ก")) <= 6
