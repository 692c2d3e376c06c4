"""Who reaches what: every route × verb × role × own or another's office, from the one readable table `routes.csv`.

A route that the table does not name fails; so does a role that gets further, or less far, than the table says."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest

from app import permissions, scope
from app.domain.access import Duty
from app.extensions import db, transaction
from app.models import (
    Appeal,
    Area,
    Criterion,
    Dataset,
    Evidence,
    Export,
    Extension,
    HandIn,
    ImprovementItem,
    Letter,
    Meeting,
    OfficeOrder,
    Publication,
    Registration,
    Round,
    SetImport,
    Submission,
    WorkingCopy,
)
from app.models.account import PersonnelType
from app.queries import account as accounts
from tests.conftest import NOW
from tests.person import Person, one_page_pdf
from tests.results import Given, keep_letter, put_earlier_round, put_release

GROUPS = {
    "everyone": set(Duty),
    "writers": {Duty.REPORTER, Duty.COORDINATOR},
    "centre": {Duty.CENTRAL, Duty.ADMIN},
    "readers": {Duty.CENTRAL, Duty.ADMIN, Duty.EVALUATOR, Duty.MODERATOR, Duty.ANALYST},
    "lookers": {Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR, Duty.ANALYST},
    "analysts": {Duty.CENTRAL, Duty.ADMIN, Duty.ANALYST},
    "offices": {Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR},
    "deciders": {Duty.COORDINATOR, Duty.CENTRAL, Duty.ADMIN},
    "coordinator": {Duty.COORDINATOR},
    "leaders": {Duty.COORDINATOR, Duty.DIRECTOR},
    "appeals": {Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR},
    "office": {Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR},
    "reviewers": {Duty.EVALUATOR, Duty.MODERATOR},
    "moderator": {Duty.MODERATOR},
    "assigners": {Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR},
    "review readers": {Duty.CENTRAL, Duty.ADMIN, Duty.EVALUATOR, Duty.MODERATOR},
    "team": {Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR, Duty.CENTRAL, Duty.ADMIN},
    # Nobody by a cookie: programs with an access token, which tests/api/test_access.py sends.
    "token": set(),
}
PEOPLE = {
    Duty.REPORTER: "reporter.p-cpm-3",
    Duty.COORDINATOR: "coordinator.p-cpm-3",
    Duty.DIRECTOR: "director.p-cpm-3",
    Duty.CENTRAL: "central",
    Duty.EVALUATOR: "evaluator1",
    Duty.MODERATOR: "moderator",
    Duty.ANALYST: "analyst",
    Duty.ADMIN: "admin",
}
OFFICE = {Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR}
REFUSALS = {302, 401, 403, 404}


def table() -> dict[tuple[str, str], tuple[str, str]]:
    with (Path(__file__).parent / "routes.csv").open(encoding="utf-8") as file:
        return {(row["endpoint"], row["verb"]): (row["who"], row["rows"]) for row in csv.DictReader(file)}


def routes(app) -> set[tuple[str, str]]:
    found = set()
    for rule in app.url_map.iter_rules():
        for verb in verbs(rule):
            found.add((rule.endpoint, verb))
    return found


def verbs(rule) -> set[str]:
    """What a route answers to; HEAD beside GET is the same handler."""
    return rule.methods - {"OPTIONS"} - ({"HEAD"} if "GET" in rule.methods else set())


def test_every_route_has_its_line_in_the_table(sqlite_app):
    assert sorted(routes(sqlite_app) - set(table())) == [], "name the new route in tests/architecture/routes.csv"
    assert sorted(set(table()) - routes(sqlite_app)) == [], "this route is gone: take it out of routes.csv"


def test_every_handler_asks_for_a_permission_or_is_on_the_public_list(sqlite_app):
    open_to_all = {endpoint for (endpoint, _), (who, _) in table().items() if who in ("public", "token")}
    for endpoint, handler in sqlite_app.view_functions.items():
        asks = hasattr(handler, "_permission_name")
        assert asks != (endpoint in open_to_all), f"{endpoint} must {'not ' if asks else ''}be public, or ask"


def test_every_permission_of_a_view_stands_in_the_table_of_permissions(sqlite_app):
    for view in sqlite_app.appbuilder.baseviews:
        for permission in view.base_permissions:
            assert permission in permissions.SCREENS[view.class_permission_name], (view.class_permission_name, permission)


def _addresses(app, area: str, ids: dict[str, str]) -> dict[str, str]:
    values = {
        "round_code": "2566-6",
        "area_code": area,
        "indicator_code": "QP-1",
        "pk": ids["reference"],
        "document_id": ids["document"],
        "import_id": ids["workbook"],
        "copy_id": ids["copy"],
        "evidence_id": UUID(ids["evidence"]),
        "export_id": ids["own file"],
        "registration_id": ids["registration"],
        "session_id": "999999",
        "token_id": "999999",
        "code": "line-north",
        "token": "forged",
        "filename": "css/emes.css",
        "upload_id": UUID(int=1),
        "slot": "criterion.1",
        "number": ids["receipt"],
        "outage_id": "999999",
        "step": "announce",
        "order_id": ids["order"],
        "user_id": ids["person"],
        "notice_id": "999999",
        "message_id": "999999",
        "known_id": "999999",
        "meeting_id": ids["meeting"],
        "version": "1",
        "what": "announcement",
        "row_id": "999999",
        "question_id": ids["question"],
        "reminder_id": "999999",
        "page_number": "1",
        "dataset_number": "1",
        "publication_number": "1",
        "appeal_id": ids["appeal"],
        "item_id": ids["item"],
        "return_id": "999999",
        "review_id": "999999",
        "conflict_id": "999999",
        "chart": "pace",
    }
    with app.test_request_context():
        adapter = app.url_map.bind("localhost")
        found = {}
        for rule in app.url_map.iter_rules():
            for verb in verbs(rule):
                own = {"indicator_code": "QP-X2", "document_id": ids["form"]} if rule.endpoint.startswith("Template") else {}
                if rule.endpoint.startswith("ExportView"):
                    own = {"export_id": ids["centre's file"]}
                if rule.endpoint == "ImprovementView.answer":
                    own = {"item_id": ids["earlier item"]}
                needed = {name: (values | own)[name] for name in rule.arguments}
                found[(rule.endpoint, verb)] = adapter.build(rule.endpoint, needed, method=verb)
        return found


def _registration(app, area_id: int) -> str:
    with app.app_context(), scope.whole_country("a test makes a request"):
        row = Registration(
            email="x@obec.go.th",
            full_name="ก ข",
            area_id=area_id,
            personnel_type_id=db.session.query(PersonnelType.id).first()[0],
            position="x",
            phone="022885867",
            password_hash="x",
            state="pending",
            requested_at=NOW,
            verified_at=NOW,
        )
        db.session.add(row)
        db.session.commit()
        return str(row.id)


def _receipt(app, area_id: int) -> str:
    with scope.whole_country("a test hands in"):
        report = db.session.query(Submission).filter_by(area_id=area_id).one()
        content = {"fields": {}, "evidence": [], "round": {}, "area": {}, "indicator": {}}
        number = f"QP66-6-{area_id}-1"
        row = HandIn(
            area_id=area_id, submission_id=report.id, sequence=1, receipt_number=number, handed_in_at=NOW, content=content
        )
        report.receipt_number = number
        until = NOW + timedelta(days=40)
        more_time = Extension(area_id=area_id, round_id=report.round_id, until_at=until, reason="น้ำท่วม", granted_at=NOW)
        db.session.add_all([row, more_time])
        db.session.commit()
    return number


def _ask_for_endorsement() -> None:
    """The open round asks for endorsement, so that its pages are there."""
    with transaction():
        db.session.query(Round).filter_by(code="2566-6").one().asks_endorsement = True


def _workbook() -> str:
    """A workbook of the open round's set that was applied."""
    with transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        row = SetImport(round_id=found.id, file_name="ชุด.xlsx", content={}, read_at=NOW, applied_at=NOW)
        db.session.add(row)
        db.session.flush()
        return str(row.id)


def _working_copy(area_id: int) -> str:
    """A workbook of an office that came back empty."""
    content = {"marks": {"template": "working copy", "round": "2566-6", "area": ""}, "sheets": {}, "problems": []}
    with scope.whole_country("a test makes a working copy"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        area = db.session.get(Area, area_id)
        content["marks"]["area"] = area.code
        row = WorkingCopy(round_id=found.id, area_id=area_id, file_name="ก.xlsx", content=content, arrived_at=NOW)
        db.session.add(row)
        db.session.flush()
        return str(row.id)


def _order(area_id: int, evidence_id: str) -> str:
    """An order of an office, with a file that lies in the store."""
    with scope.whole_country("a test keeps an order"), transaction():
        file = db.session.get(Evidence, UUID(evidence_id))
        row = OfficeOrder(area_id=area_id, kind="appointing", number="1/2566", dated_on=NOW.date(), entered_at=NOW)
        row.storage_key, row.size_bytes, row.sha256 = file.storage_key, file.size_bytes, file.sha256
        row.original_name, row.extension, row.media_type = "คำสั่ง.pdf", "pdf", "application/pdf"
        db.session.add(row)
        db.session.flush()
        return str(row.id)


def _letter(area_id: int, evidence_id: str) -> None:
    """A letter to an office in a draft over a dataset, with a PDF that lies in the store."""
    with scope.whole_country("a test drafts a letter"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        frozen = Dataset(round_id=found.id, number=1, as_of=NOW, row_count=0, digest="0" * 64)
        publication = Publication(round_id=found.id, number=1, dataset=frozen, created_at=NOW)
        file = db.session.get(Evidence, UUID(evidence_id))
        kept = {"state": "made", "storage_key": file.storage_key, "sha256": file.sha256, "content": {}}
        db.session.add(Letter(publication=publication, round_id=found.id, area_id=area_id, **kept))


def _export(area_id: int | None, evidence_id: str) -> str:
    """A file that was made for an office, or for the centre, and lies in the store."""
    with scope.whole_country("a test keeps a file"), transaction():
        found = db.session.query(Round).filter_by(code="2566-6").one()
        kept = db.session.get(Evidence, UUID(evidence_id))
        row = Export(area_id=area_id, round_id=found.id, product="workbook", format="xlsx", filters={}, fingerprint="x")
        row.asked_at, row.expires_at, row.state, row.storage_key = NOW, NOW + timedelta(days=3), "done", kept.storage_key
        db.session.add(row)
        db.session.flush()
        return str(row.id)


def _meeting() -> str:
    """A meeting that everybody may look at."""
    with transaction():
        row = Meeting(title_th="ประชุม", starts_at=NOW, ends_at=NOW + timedelta(hours=3))
        db.session.add(row)
        db.session.flush()
        return str(row.id)


def _question(office: str, owner: Person) -> str:
    """A question of an office."""
    answer = owner.post(f"/reports/2566-6/{office}/QP-1/questions", {"text": "ต้องแนบอะไร"})
    assert answer.status_code == 303
    return str(answer.headers["Location"].rpartition("/")[2])


def _results(app, office: str) -> dict[str, str]:
    """Released results of an office with what it did with them: an appeal that waits, advice that was taken up, also of a round before."""
    put_earlier_round(app)
    given = {office: {"QP-1": Given(3, 4, "ควรปรับปรุง", {"1": {"verdict": "partial", "note": "แนบแผน"}})}}
    put_release(app, given, round_code="2565-6", storage_key=keep_letter(app))
    put_release(app, given, storage_key=keep_letter(app))
    leader = Person(app).signed_in(f"coordinator.{office.lower()}@emes.test")
    for code in ("2565-6", "2566-6"):
        assert leader.post(f"/results/{code}/{office}/improvements", {"advice": "QP-1 1"}).status_code == 303
    assert leader.post(f"/results/2566-6/{office}/appeals/QP-1", {"kind": "appeal", "text": "x"}).status_code == 303
    with app.app_context(), scope.whole_country("a test looks"):
        items = [str(number) for (number,) in db.session.query(ImprovementItem.id).order_by(ImprovementItem.id)]
        appeal = str(db.session.query(Appeal.id).scalar())
    return {"earlier item": items[0], "item": items[1], "appeal": appeal}


NO_RESULTS = {"earlier item": "999999", "item": "999999", "appeal": "999999"}


def _world(app, office: str, *, has_results: bool = True) -> dict[str, str]:
    """Something of an office to be reached: a file, a request for an account, and its results if they are released."""
    owner = Person(app).signed_in(f"reporter.{office.lower()}@emes.test")
    uploaded = owner.upload("criterion.1", ("ก.pdf", one_page_pdf()), report=f"/reports/2566-6/{office}/QP-1")
    assert uploaded.status_code == 201
    with app.app_context():
        from app.models import Document

        area_id = db.session.query(Area.id).filter_by(code=office).scalar()
        receipt = _receipt(app, area_id)
        form = str(db.session.query(Criterion.form_document_id).filter(Criterion.form_document_id.is_not(None)).first()[0])
        _ask_for_endorsement()
        workbook, copy, meeting = _workbook(), _working_copy(area_id), _meeting()
        order = _order(area_id, uploaded.json["evidence"][0]["id"])
        _letter(area_id, uploaded.json["evidence"][0]["id"])
        own_file = _export(area_id, uploaded.json["evidence"][0]["id"])
        centres_file = _export(None, uploaded.json["evidence"][0]["id"])
        person = str(accounts.user_by_email(f"reporter.{office.lower()}@emes.test").id)
        document = str(db.session.query(Document.id).filter_by(audience="public").first()[0])
    return {
        "evidence": uploaded.json["evidence"][0]["id"],
        "registration": _registration(app, area_id),
        "document": document,
        "reference": "1",
        "receipt": receipt,
        "form": form,
        "workbook": workbook,
        "copy": copy,
        "order": order,
        "own file": own_file,
        "centre's file": centres_file,
        "person": person,
        "question": _question(office, owner),
        "meeting": meeting,
    } | (_results(app, office) if has_results else NO_RESULTS)


# After these, and after whatever a public page did to the cookie, somebody signs in anew.
ENDS_SESSION = {"ProfileView.change_password", "ProfileView.end_all_sessions", "ProfileView.end_session"}


def _call(person: Person, verb: str, address: str) -> int:
    token = person._ensure_token()
    if verb == "GET":
        return person.client.get(address).status_code
    if verb == "PATCH":
        return person.patch(address, {"problems": ("ทดสอบ", 0)}).status_code
    if verb == "HEAD":
        return person.client.head(address, headers={"Tus-Resumable": "1.0.0"}).status_code
    if verb == "DELETE":
        return person.delete(address).status_code
    return person.client.post(address, data={"csrf_token": token, "slot": "criterion.1", "reason": "x"}).status_code


@pytest.mark.parametrize("office", ["P-CPM-3", "P-CPM-2"], ids=["own office", "another office"])
@pytest.mark.parametrize("duty", [None, *PEOPLE], ids=lambda duty: str(duty) if duty else "stranger")
def test_each_role_reaches_exactly_what_the_table_says(app, duty, office):
    ids = _world(app, office)
    unexpected, person, signed_in = [], None, None
    # Deleting comes last, or there would be nothing left to look at.
    ends = (".delete", ".discard")
    calls = sorted(_addresses(app, office, ids).items(), key=lambda call: (call[0][0].endswith(ends), call))
    for (endpoint, verb), address in calls:
        who, rows = table()[(endpoint, verb)]
        person = person or (Person(app).signed_in(f"{PEOPLE[duty]}@emes.test") if duty else Person(app))
        status = _call(person, verb, address)
        if status >= 500:
            unexpected.append((endpoint, verb, status, "a fault"))
        if who == "public":
            person = None
            continue
        signed_in = person
        person = None if endpoint in ENDS_SESSION else person
        may = duty is not None and duty in GROUPS[who]
        foreign = rows == "office" and duty in OFFICE and office != "P-CPM-3"
        wanted = {302, 401} if duty is None else {403} if not may else {404} if foreign else None
        if who == "token":
            wanted = {401}
        if wanted is not None and status not in wanted:
            unexpected.append((endpoint, verb, status, wanted))
        if wanted is None and status in (REFUSALS - {404} if rows == "own" else REFUSALS) and endpoint not in REDIRECTS:
            unexpected.append((endpoint, verb, status, "should open"))
    assert unexpected == []
    # Nobody was signed out unseen, which would have made every refusal look right.
    assert duty is None or signed_in is None or signed_in.get("/profile/").status_code == 200


# Pages whose whole purpose is to send one on.
REDIRECTS = {"AdminHomeView.home", "PublicationView.home"}


def test_no_foreign_name_appears_on_any_page_an_office_can_open(app, reporter):
    """What another office entered shows nowhere: marked texts of P-CPM-2 are looked for on every page of P-CPM-3."""
    other = Person(app).signed_in("reporter.p-cpm-2@emes.test")
    report = "/reports/2566-6/P-CPM-2/QP-1"
    other.patch(report, {"problems": ("เครื่องหมายลับของเขตสอง", 0), "reporter_name": ("ชื่อลับของเขตสอง", 0)})
    other.upload("criterion.1", ("ไฟล์ลับของเขตสอง.pdf", one_page_pdf()), report=report)
    seen, queue = (
        set(),
        ["/", "/reports/", "/reports/2566-6/P-CPM-3/", "/reports/2566-6/P-CPM-3/QP-1", "/profile/", "/documents/"],
    )
    while queue and len(seen) < 80:
        address = queue.pop()
        if address in seen:
            continue
        seen.add(address)
        response = reporter.get(address, follow_redirects=True)
        if response.mimetype != "text/html":
            continue
        assert "ลับของเขตสอง" not in response.text, address
        import lxml.html

        for link in lxml.html.fromstring(response.text).xpath("//a/@href"):
            if link.startswith("/") and not link.startswith(("/static", "/lang")):
                queue.append(link.partition("#")[0])
    assert len(seen) > 15
