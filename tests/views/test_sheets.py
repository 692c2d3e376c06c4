"""What every sheet has: files of all jobs used once more, resumable upload, people who are responsible, a history of changes."""

from __future__ import annotations

import io

import pytest
from werkzeug.test import TestResponse

from app.domain.project_fields import RowKind
from app.queries import stored
from app.scope import whole_country
from tests.inspections import HERE, begin, sheet_of
from tests.person import REPORT, Person, one_page_pdf, pdf, png
from tests.projects import OFFICE, YEAR, add, approved, project_of, report
from tests.services.doing import looking, user_id_of
from tests.views.test_uploads import metadata

PAGE = f"/projects/{YEAR}/{OFFICE}/1"


@pytest.fixture
def coordinator(sign_in) -> Person:
    person: Person = sign_in("coordinator.p-cpm-3")
    return person


@pytest.fixture
def project(app) -> int:
    """The number of a project's sheet."""
    add(app, whole=False)
    with looking(app):
        return project_of(1).sheet_id


def slot_of(person: Person, page: str) -> str:
    return person.page(page).xpath("//*[@data-slot]/@data-slot")[0]


def send_whole(person: Person, content: bytes, where: dict[str, str]) -> TestResponse:
    """A file with its creation, by the resumable way."""
    headers = {
        "Tus-Resumable": "1.0.0",
        "Upload-Length": str(len(content)),
        "Upload-Metadata": metadata(**where),
        "Content-Type": "application/offset+octet-stream",
        "X-CSRFToken": person._ensure_token(),
        "Accept": "application/json",
    }
    return person.client.post("/uploads/", data=content, headers=headers)


def send(person: Person, sheet: int, slot: str, name: str, content: bytes) -> TestResponse:
    data = {"slot": slot, "file": [(io.BytesIO(content), name)]}
    return person.post(f"/sheets/{sheet}/files", data, json_answer=True, content_type="multipart/form-data")


def test_one_file_serves_an_indicator_a_project_and_an_inspection(app, reporter, project):
    sent = reporter.upload("criterion.1", ("คำสั่งแต่งตั้ง.pdf", one_page_pdf())).json["evidence"][0]
    begin(reporter)
    issue, slot = sheet_of(app, "1.1"), slot_of(reporter, PAGE)
    for sheet, place in ((project, slot), (issue, "evidence")):
        shelf = reporter.page(f"/sheets/{sheet}/library?slot={place}")
        assert "คำสั่งแต่งตั้ง.pdf" in shelf.text_content()
        cited = reporter.post(f"/sheets/{sheet}/files", {"slot": place, "source": sent["id"]}, json_answer=True)
        assert cited.status_code == 201, cited.text
        assert cited.json["files"][0]["sha256"] == sent["sha256"]
        again = reporter.post(f"/sheets/{sheet}/files", {"slot": place, "source": sent["id"]}, json_answer=True)
        assert again.status_code == 409
    with app.app_context(), whole_country("a test looks"):
        assert sum(1 for _, _, sha256 in stored.files() if sha256 == sent["sha256"]) == 3
    # The first is deleted: the others stand, and their bytes with them.
    reporter.post(f"/evidence/{sent['id']}/delete")
    found = reporter.page(f"{HERE}/1.1").xpath("//ul[@class='files']//a/@href")
    assert reporter.get(found[0]).data == one_page_pdf()


def test_a_file_of_a_project_is_used_in_an_indicator(reporter, project):
    sent = send(reporter, project, slot_of(reporter, PAGE), "โครงการที่อนุมัติ.pdf", one_page_pdf()).json["files"][0]
    shelf = reporter.page(f"{REPORT}/library?slot=criterion.1")
    assert "โครงการที่อนุมัติ.pdf" in shelf.text_content() and "โครงการ" in shelf.text_content()
    cited = reporter.post(f"{REPORT}/evidence", {"source": sent["id"], "slot": "criterion.1"}, json_answer=True)
    assert cited.status_code == 201, cited.text
    assert "โครงการที่อนุมัติ.pdf" in reporter.page(REPORT).text_content()


def test_a_file_arrives_in_parts_and_is_not_taken_twice(app, reporter, project):
    slot = slot_of(reporter, PAGE)
    content = pdf(3)
    answer = send_whole(reporter, content, {"sheet": str(project), "slot": slot, "filename": "แผน.pdf"})
    assert answer.status_code in (201, 204), answer.text
    assert reporter.page(PAGE).text_content().count("แผน.pdf") >= 1
    shown = reporter.get(f"/sheets/{project}/slots/{slot}").json["html"]
    assert "แผน.pdf" in shown[f"slot-{slot}"] and "readiness" in shown
    foreign = Person(app).signed_in("reporter.p-cpm-2@emes.test")
    assert send_whole(foreign, content, {"sheet": str(project), "slot": slot, "filename": "ก.pdf"}).status_code == 404
    assert send_whole(reporter, content, {"sheet": "x", "slot": slot, "filename": "ก.pdf"}).status_code == 404


def test_a_bad_file_is_refused_with_its_reason_and_a_full_slot_takes_no_more(reporter, project):
    slot = slot_of(reporter, PAGE)
    refused = send(reporter, project, slot, "ปลอม.pdf", png())
    assert refused.status_code == 422 and "ปลอม.pdf" in refused.json["errors"][0]
    assert send(reporter, project, "nowhere", "ก.pdf", one_page_pdf()).status_code == 404
    most = int(reporter.page(PAGE).xpath(f"//*[@data-slot='{slot}']/@data-most")[0])
    for number in range(most):
        assert send(reporter, project, slot, f"{number}.pdf", one_page_pdf()).status_code == 201
    assert send(reporter, project, slot, "เกิน.pdf", one_page_pdf()).status_code == 409


def test_deleting_a_file_can_be_taken_back(reporter, project):
    slot = slot_of(reporter, PAGE)
    sent = send(reporter, project, slot, "ก.pdf", one_page_pdf()).json["files"][0]
    gone = reporter.post(f"/sheets/files/{sent['id']}/delete", json_answer=True)
    assert gone.status_code == 200
    assert reporter.get(f"/sheets/files/{sent['id']}").status_code == 404
    back = reporter.post(gone.json["undo"], json_answer=True)
    assert back.status_code == 200
    assert reporter.get(f"/sheets/files/{sent['id']}").data == one_page_pdf()


def test_another_office_finds_none_of_it_and_a_reader_changes_nothing(app, reporter, sign_in, project):
    slot = slot_of(reporter, PAGE)
    sent = send(reporter, project, slot, "ก.pdf", one_page_pdf()).json["files"][0]["id"]
    foreign = sign_in("coordinator.p-cpm-2")
    for path in (
        f"/sheets/files/{sent}",
        f"/sheets/{project}/history",
        f"/sheets/{project}/owners",
        f"/sheets/{project}/slots/{slot}",
    ):
        assert foreign.get(path).status_code == 404, path
    assert foreign.post(f"/sheets/files/{sent}/delete").status_code == 404
    central = sign_in("central")
    assert central.get(f"/sheets/files/{sent}").status_code == 200
    assert central.post(f"/sheets/files/{sent}/delete").status_code == 403
    assert reporter.get(f"/sheets/{project}/owners").status_code == 403


def test_who_is_made_responsible_is_told_and_finds_it_among_their_own_work(app, reporter, coordinator, project):
    person = user_id_of(app, "reporter.p-cpm-3")
    page = coordinator.page(f"/sheets/{project}/owners")
    assert str(person) in page.xpath("//input[@name='person']/@value")
    assert coordinator.post(f"/sheets/{project}/owners", {"person": [str(person)]}).location == PAGE
    assert PAGE in reporter.page("/my-work/").xpath("//ul[@class='work']//a/@href")
    assert "มอบหมายให้ท่านรับผิดชอบ" in reporter.page("/inbox/").text_content()
    # The same again changes nothing; nobody is ticked: nobody is responsible.
    coordinator.post(f"/sheets/{project}/owners", {"person": [str(person)]})
    coordinator.post(f"/sheets/{project}/owners", {})
    assert PAGE not in reporter.page("/my-work/").xpath("//ul[@class='work']//a/@href")
    stranger = user_id_of(app, "reporter.p-cpm-2")
    assert coordinator.post(f"/sheets/{project}/owners", {"person": [str(stranger)]}).status_code == 422


def test_the_history_says_who_changed_what_in_words(reporter, coordinator, project):
    reporter.patch(PAGE, {"budget": ("1,200.50", 0), "starts_on": ("1/10/2565", 0)})
    reporter.patch(PAGE, {"budget": ("1,300", 1)})
    told = " ".join(coordinator.page(f"/sheets/{project}/history").text_content().split())
    assert "ผู้รายงาน สาธิต" in told
    assert "1,200.5" in told and "1,300" in told and "1 ต.ค. 2565" in told


def test_two_who_write_the_same_field_both_see_both_texts(reporter, coordinator, project):
    assert reporter.patch(PAGE, {"objectives": ("ของผู้รายงาน", 0)}).status_code == 200
    clash = coordinator.patch(PAGE, {"objectives": ("ของผู้ประสานงาน", 0), "budget": ("5", 0)})
    assert clash.status_code == 409
    conflict = clash.json["conflicts"]["objectives"]
    assert (conflict["yours"], conflict["theirs"], conflict["by"]) == ("ของผู้ประสานงาน", "ของผู้รายงาน", "ผู้รายงาน สาธิต")
    assert clash.json["fields"]["budget"]["version"] == 1


def test_who_leaves_hands_projects_and_inspections_over(app, reporter, coordinator, sign_in, project):
    leaver, successor = user_id_of(app, "reporter.p-cpm-3"), user_id_of(app, "director.p-cpm-3")
    coordinator.post(f"/sheets/{project}/owners", {"person": [str(leaver)]})
    address = f"/reports/2566-6/P-CPM-3/team/people/{leaver}/leave"
    assert "ผู้รับช่วงงานโครงการและการตรวจราชการ" in coordinator.page(address).text_content()
    refused = coordinator.post(address, {})
    assert refused.status_code == 422 and 'id="to-sheets-error"' in refused.text
    assert coordinator.post(address, {"to-sheets": str(successor)}).status_code == 303
    told = sign_in("director.p-cpm-3").page("/inbox/").text_content()
    assert "โอนงานโครงการและการตรวจราชการ 1 รายการ" in told
    page = coordinator.page(f"/sheets/{project}/owners")
    assert page.xpath("//input[@name='person'][@checked]/@value") == [str(successor)]


def test_the_history_names_what_was_chosen(reporter, coordinator, project):
    assert reporter.patch(PAGE, {"budget_source": ("budget_act", 0)}).status_code == 200
    told = coordinator.page(f"/sheets/{project}/history").text_content()
    assert "พ.ร.บ.งบประมาณรายจ่ายประจำปี" in told and "budget_act" not in told


@pytest.fixture
def sheets(app, reporter, coordinator) -> list[str]:
    """A page of every kind of sheet that an office fills in."""
    number = approved(app)
    report(app, number, 1, "10", "0")
    add(app, whole=False)
    for kind in RowKind:
        assert coordinator.post(f"/projects/{YEAR}/{OFFICE}/2", {"then": f"add.{kind}"}).status_code == 303
    begin(reporter)
    coordinator.post(f"{HERE}/recommendations", {"text": "ให้ปรับปรุง", "received_on": "20/11/2569"})
    home = f"/projects/{YEAR}/{OFFICE}"
    return [f"{home}/2", f"{home}/{number}/q1", HERE + "/", f"{HERE}/1.1", f"{HERE}/recommendations/1"]


def test_a_control_is_described_by_its_hint_and_by_what_was_refused(coordinator, sheets):
    for path in sheets:
        page = coordinator.page(path)
        controls = page.xpath("//form[@id='report']//*[@data-field]")
        assert controls, path
        for control in controls:
            hint, faults = f"{control.get('id')}-hint", f"{control.get('id')}-err"
            described = control.get("aria-describedby").split()
            if control.get("name").endswith(".part"):
                assert described == [faults], path
                continue
            assert described == [hint, faults], (path, control.get("name"))
            assert page.get_element_by_id(hint).text_content().strip()
            assert page.get_element_by_id(faults).get("data-faults") == control.get("name")


def test_who_only_reads_is_not_told_how_to_fill_in(sign_in, sheets):
    page = sign_in("central").page(sheets[0])
    assert page.xpath("//form[@id='report']//*[@data-field]")
    assert page.xpath("//form[@id='report']//p[@class='hint']") == []
    described = {word for value in page.xpath("//form[@id='report']//@aria-describedby") for word in value.split()}
    assert described <= set(page.xpath("//@id"))
