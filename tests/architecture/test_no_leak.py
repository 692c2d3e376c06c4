"""Before results are released no office meets any of them, on any page, in any file, mail, header or record; afterwards its own alone.

Everything that evaluators, moderators and the centre write carries a mark that occurs nowhere else. What an office can reach is then
fetched and searched, unpacked where it is packed: the routes of `routes.csv`, every link on every page, the API with the office's own
token, what lies in the outbox and what the office's own record holds."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import lxml.html
import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import text

from app import scope, worker
from app.domain.access import Duty
from app.domain.reviewing import Basis
from app.extensions import db, transaction
from app.models import Change, Indicator, Letter, Moderation, Outcome, Review, ReviewEntry, Round, Submission
from app.services import settling
from app.services.settling import Decision
from tests.architecture.test_access import GROUPS as WHO
from tests.architecture.test_access import OFFICE, _addresses, _world, table
from tests.conftest import NOW
from tests.person import Person
from tests.programs import API, Program, put_token
from tests.results import Given, keep_letter, put_release
from tests.services.doing import actor_for, doing, looking, user_id_of

OURS, OTHER = "P-CPM-3", "P-CPM-2"
EMBARGO = NOW + timedelta(hours=1)
# Everything that is planted begins like this; what the office reads in the end is told apart from what it never does.
# The words are named: three letters alone turn up in a token by chance.
MARK = re.compile(
    rb"zqx(?:cause|comment|content|evaluator|improve|inside|note|opening|reason|review|strength|subject)[a-z]*", re.IGNORECASE
)
FOR_THE_OFFICE = {b"zqxcomment", b"zqxnote"}
PEOPLE = ("reporter", "coordinator", "director")
MOST_PAGES = 400


@pytest.fixture
def addresses(app) -> dict[str, str]:
    """Every address by route, of an office whose report has been given level 1 by review and decision, while it thinks it is worth 4."""
    ids = _world(app, OURS, has_results=False)
    Person(app).signed_in(f"reporter.{OURS.lower()}@emes.test").report_everything("/reports/2566-6/P-CPM-3/QP-2")
    with looking(app), transaction():
        report = db.session.query(Submission).filter(Submission.indicator.has(full_code="QP-2")).one()
        report_id, row = report.id, {"round_id": report.round_id, "submission_id": report.id, "area_id": report.area_id}
        row["indicator_id"] = report.indicator_id
        evaluator = user_id_of(app, "evaluator1")
    with looking(app), transaction():
        review = Review(**row, evaluator_id=evaluator, evaluator_name="zqxevaluator", assigned_at=NOW, state="locked", level=1)
        db.session.add(review)
        db.session.flush()
        for key in ("reason", "comment", "note.1"):
            db.session.add(ReviewEntry(review_id=review.id, field_key=key, value=f"zqxreview{key[:4]}", changed_at=NOW))
        db.session.add(Moderation(**row, causes=["zqxcause"], opened_at=NOW))
    said = {"comment": "zqxcomment", "verdicts": {"1": {"verdict": "partial", "note": "zqxnote"}}}
    with doing(app, actor_for(app, "moderator")):
        settling.decide(
            report_id, Decision(1, "zqxreason", **said), basis=Basis.MODERATED, actor=actor_for(app, "moderator"), now=NOW
        )
    given = {code: {"QP-2": Given(1, 4, **said)} for code in (OURS,)}
    letter = {"storage_key": keep_letter(app), "subject": "zqxsubject", "opening": "zqxopening"}
    put_release(app, given, state="draft", release_at=None, **letter)
    put_release(app, given, release_at=EMBARGO, **letter)
    with looking(app), transaction():
        for found in db.session.query(Letter):
            found.strengths, found.improvements, found.content = "zqxstrength", "zqximprove", {"text": "zqxcontent"}
    return _addresses(app, OURS, ids)


def unpacked(name: str, body: bytes) -> Iterator[bytes]:
    """What a file says: itself, and what lies in it where it is packed."""
    yield name.encode()
    yield body
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            for inner in packed.namelist():
                yield from unpacked(inner, packed.read(inner))
    elif body.startswith(b"%PDF"):
        yield "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages).encode()


def marks(parts: Iterable[bytes]) -> set[bytes]:
    return {mark.lower() for part in parts for mark in MARK.findall(part)}


def levels_shown(body: bytes) -> list[str]:
    """Places of a page that show the reviewed level, or that show any result at all."""
    page = lxml.html.fromstring(body)
    rubric = "ancestor-or-self::*[contains(@class, 'selfl') or contains(@class, 'rubric')]"
    found = page.xpath(f"//*[contains(concat(' ', @class, ' '), ' lv1 ')][not({rubric})]")
    found += page.xpath(
        "//*[@data-level] | //*[contains(@class, 'dumbbell')] | //*[contains(text(), 'ผลที่ประกาศ') or contains(text(), 'ประกาศผลแล้ว')]"
    )
    return [lxml.html.tostring(one, encoding="unicode")[:120] for one in found]


def reached(person: Person, starts: Iterable[str]) -> Iterator[tuple[str, bytes, set[bytes]]]:
    """Every address that can be reached from these, with its page and the marks in all of its answer."""
    queue, seen = list(starts), set()
    while queue and len(seen) < MOST_PAGES:
        address = queue.pop(0)
        if address in seen:
            continue
        seen.add(address)
        response = person.client.get(address)
        body = response.get_data()
        headers = "\n".join(f"{name}: {value}" for name, value in response.headers)
        response.close()
        yield address, body if response.mimetype == "text/html" else b"", marks(unpacked(f"{address}\n{headers}", body))
        if response.mimetype == "text/html" and body:
            for link in lxml.html.fromstring(body).xpath("//@href | //@src | //@data-live"):
                local = link.partition("#")[0]
                if local.startswith("/") and not local.startswith(("/static", "/lang", "/logout")):
                    queue.append(local)
        if response.headers.get("Location", "").startswith("/"):
            queue.append(response.headers["Location"].partition("#")[0])


def of_offices(addresses: dict) -> list[str]:
    """Every address that some role of an office may look at."""
    offices = set(OFFICE) & {Duty.REPORTER, Duty.COORDINATOR, Duty.DIRECTOR}
    may = {call for call, (who, _) in table().items() if who == "public" or WHO[who] & offices}
    return sorted(
        {address for call, address in addresses.items() if call in may and call[1] == "GET" and "logout" not in call[0]}
    )


@pytest.mark.parametrize("duty", PEOPLE)
def test_before_the_release_an_office_meets_no_result_anywhere(app, addresses, duty):
    person = Person(app).signed_in(f"{duty}.{OURS.lower()}@emes.test")
    starts = [*of_offices(addresses), "/reports/2566-6/P-CPM-3/QP-2", "/results/2566-6/P-CPM-3/results.xlsx"]
    leaks, pages = [], 0
    for address, body, found in reached(person, starts):
        pages += 1
        leaks += [(address, mark) for mark in found]
        # What each level asks for stands on the page of an indicator's versions; guides say the same to everybody.
        if body and not address.startswith(("/indicators/", "/help/")):
            leaks += [(address, shown) for shown in levels_shown(body)]
    assert leaks == []
    assert pages > 100
    assert person.get("/results/2566-6/P-CPM-3/").status_code == 404


def from_the_api(app: Flask, program: Program, area: str) -> dict[str, bytes]:
    """Every answer that the API gives with a token, headers and all, about an office and of results in both shapes."""
    with looking(app):
        asked = db.session.query(Indicator.full_code).join(Round, Round.id == Indicator.round_id)
        codes = [code for (code,) in asked.filter(Round.code == "2566-6")]
    paths = ["/", "/openapi.json", "/rounds", "/areas", "/indicators", "/submissions?round=2566-6", "/results/2566-6"]
    paths += ["/results/2566-6?format=csv", *(f"/reports/2566-6/{area}/{code}" for code in codes)]
    answers = {path: program.get(path) for path in paths}
    return {f"{API}{path}": f"{answer.headers}".encode() + answer.data for path, answer in answers.items()}


@pytest.mark.parametrize("duty", PEOPLE)
def test_before_the_release_the_api_tells_an_office_of_no_result(app, addresses, duty):
    program = put_token(app, f"{duty}.{OURS.lower()}")
    answers = from_the_api(app, program, OURS)
    assert len(answers) > 10
    assert {path: found for path, body in answers.items() if (found := marks([body]))} == {}
    assert program.read("/results/2566-6")["items"] == []
    # The office thinks that its report is worth 4; it was given 1.
    assert program.read("/reports/2566-6/P-CPM-3/QP-2")["fields"]["self_level"]["value"] == 4
    assert {row["self_level"] for row in program.walk("/submissions?round=2566-6")} == {None, 4}


def test_after_the_release_the_api_tells_its_own_office_what_is_for_it_and_another_nothing(app, addresses):
    app.config["EMES_NOW"] = EMBARGO
    own = from_the_api(app, put_token(app, f"coordinator.{OURS.lower()}"), OURS)
    where = {path for path, body in own.items() if marks([body]) == FOR_THE_OFFICE}
    assert where == {f"{API}/results/2566-6", f"{API}/results/2566-6?format=csv"}
    assert marks(body for path, body in own.items() if path not in where) == set()
    for area in (OTHER, OURS):
        assert marks(from_the_api(app, put_token(app, f"coordinator.{OTHER.lower()}"), area).values()) == set()


def test_before_the_release_nothing_in_the_outbox_the_inbox_or_the_offices_record_tells_of_it(app, addresses):
    with app.app_context():
        worker.run_due()
    with looking(app):
        told = [repr(row) for name in ("outbox_message", "notice") for row in db.session.execute(text(f"SELECT * FROM {name}"))]
    mails = [path.read_bytes() for path in Path(app.config["EMES_DATA_DIR"], "mail").glob("*")]
    assert marks([*(row.encode() for row in told), *mails]) == set()
    with app.app_context(), scope.acting_as(actor_for(app, f"coordinator.{OURS.lower()}")):
        changes = [f"{row.subject} {row.what} {row.old_value} {row.new_value}" for row in db.session.query(Change)]
        assert changes, "the office has a record"
        assert marks(row.encode() for row in changes) == set()
        assert [row for row in changes if row.startswith("outcome")] == []
        assert db.session.query(Outcome).all() == []


def test_after_the_release_its_own_office_reads_what_is_for_it_and_another_nothing(app, addresses):
    app.config["EMES_NOW"] = EMBARGO
    own = Person(app).signed_in(f"coordinator.{OURS.lower()}@emes.test")
    where = {mark: set() for mark in FOR_THE_OFFICE}
    for address, _, found in reached(own, ["/results/", *of_offices(addresses)]):
        assert found <= FOR_THE_OFFICE, (address, found)
        for mark in found:
            where[mark].add(address)
    for mark in FOR_THE_OFFICE:
        assert {"/results/2566-6/P-CPM-3/", "/results/2566-6/P-CPM-3/results.xlsx"} <= where[mark]
        # What was published stands beside the fields of the same indicator's report in the next round, too.
        places = ("/results/2566-6/P-CPM-3/", "/reports/2566-12/P-CPM-3/QP-2")
        assert all(address.startswith(places) for address in where[mark]), where[mark]
    other = Person(app).signed_in(f"coordinator.{OTHER.lower()}@emes.test")
    foreign = [address.replace(OURS, OTHER) for address in of_offices(addresses)]
    for address, _, found in reached(other, ["/results/", *of_offices(addresses), *foreign]):
        assert found == set(), address


def test_the_search_finds_what_is_planted(app, addresses):
    """The centre meets the marks on its pages and in its files: the search is not blind."""
    central = Person(app).signed_in("central@emes.test")
    for address in ("/results/2566-6/P-CPM-3/", "/results/2566-6/P-CPM-3/results.xlsx"):
        assert marks(unpacked("", central.client.get(address).get_data())) == FOR_THE_OFFICE
    assert levels_shown(central.client.get("/results/2566-6/P-CPM-3/").get_data()) != []


def test_packed_files_are_looked_into(app: Flask):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("sheet.xml", "zqxinside" + " " * 500)
    outer = io.BytesIO()
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.xlsx", inner.getvalue())
    assert marks(unpacked("a.zip", outer.getvalue())) == {b"zqxinside"}
