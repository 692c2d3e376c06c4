"""The rules of the house, held by machine: tokens, pages, headers, migrations, settings, generated screens, files."""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import lxml.html
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import create_engine, inspect, select, text
from werkzeug.test import TestResponse

from app import create_app
from app.domain.access import Duty
from app.extensions import db
from app.storage import evidence_store
from app.views.admin import menu
from app.views.admin.base import Generated
from app.views.admin.labels import LABELS
from tests.architecture.test_access import GROUPS, _addresses, _world, table
from tests.person import REPORT, Person
from tests.stores import names_in

ROOT = Path(__file__).parents[2]
MOST_LINES = 400
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "core", "manager", "managers", "mixins", "misc", "base_utils"}
OFFICE = "P-CPM-3"


def everything_stored(app: Flask) -> dict[str, Any]:
    """Every row of every table, and every file of the store. When a session was last seen is not among it."""
    found: dict[str, Any] = {}
    with app.app_context():
        with db.engine.connect() as connection:
            for known in db.metadata.sorted_tables:
                columns = [column for column in known.columns if column.name != "last_seen_at"]
                found[known.name] = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
        found["files of the store"] = names_in(evidence_store())
    return found


def somebody_who_may(app: Flask, who: str) -> Person:
    """Somebody whose role opens what the table of routes says is for `who`; of the office P-CPM-3 where one may be."""
    if who in ("public", "token"):
        return Person(app)
    names = {
        Duty.COORDINATOR: f"coordinator.{OFFICE.lower()}",
        Duty.CENTRAL: "central",
        Duty.MODERATOR: "moderator",
        Duty.ADMIN: "admin",
    }
    name = next(name for duty, name in names.items() if duty in GROUPS[who])
    return Person(app).signed_in(f"{name}@emes.test")


# --- the token against forged requests -----------------------------------------------------------------------------------------


def test_nothing_is_written_without_the_token(app):
    addresses = _addresses(app, OFFICE, _world(app, OFFICE))
    calls = [(endpoint, verb) for endpoint, verb in addresses if verb in {"POST", "PATCH", "DELETE", "PUT"}]
    assert len(calls) > 40
    people = {who: somebody_who_may(app, who) for who in {table()[call][0] for call in calls}}
    before, open_to_forgery = everything_stored(app), []
    for call in calls:
        person, address = people[table()[call][0]], addresses[call]
        for headers in ({}, {"Accept": "application/json"}):
            data = {"slot": "criterion.1", "reason": "x", "problems": "x", "version.problems": "0"}
            status = person.client.open(address, method=call[1], data=data, headers=headers).status_code
            if status != 400:
                open_to_forgery.append((*call, status))
        json = person.client.open(address, method=call[1], json={"changes": {"problems": {"value": "x", "version": 0}}})
        if json.status_code != 400:
            open_to_forgery.append((*call, json.status_code, "JSON"))
    assert open_to_forgery == []
    assert everything_stored(app) == before


# Who takes a file away is noted: that is no looking.
TAKING = {"ExportView.take", "OfficeFileView.take"}


def test_looking_changes_nothing(app):
    """Every GET of every route, twice, as somebody of an office, of the centre, and as nobody."""
    addresses = _addresses(app, OFFICE, _world(app, OFFICE))
    for name in (f"coordinator.{OFFICE.lower()}", "central", "admin", None):
        person = Person(app).signed_in(f"{name}@emes.test") if name else Person(app)
        before = everything_stored(app)
        for (endpoint, verb), address in [*addresses.items()] * 2:
            if verb in ("GET", "HEAD") and endpoint not in TAKING:
                response = person.client.open(address, method=verb)
                assert response.status_code < 500, endpoint
                response.close()
        assert everything_stored(app) == before, name


# --- pages ---------------------------------------------------------------------------------------------------------------------


@dataclass
class Pages:
    """What every route answers, and the pages that show something refused."""

    answers: dict[str, TestResponse] = field(default_factory=dict)
    of_strangers: set[str] = field(default_factory=set)

    def add(self, name: str, response: TestResponse, *, signed_in: bool) -> None:
        response.get_data()
        self.answers[name] = response
        if not signed_in:
            self.of_strangers.add(name)

    def parsed(self) -> Iterator[tuple[str, TestResponse, lxml.html.HtmlElement]]:
        for name, response in self.answers.items():
            if response.mimetype == "text/html" and response.status_code not in (301, 302, 303, 308):
                yield name, response, lxml.html.fromstring(response.text)


def _walk(app: Flask) -> Pages:
    pages, addresses = Pages(), _addresses(app, OFFICE, _world(app, OFFICE))
    people = {who: somebody_who_may(app, who) for who in {who for who, _ in table().values()}}
    for (endpoint, verb), address in addresses.items():
        if verb == "GET":
            who = table()[(endpoint, verb)][0]
            pages.add(endpoint, people[who].get(address), signed_in=who not in ("public", "token"))
            if who == "public":
                pages.add(f"{endpoint}, signed in", people["everyone"].get(address), signed_in=True)
    office, central, stranger = people["everyone"], people["centre"], people["public"]
    pages.add("a report that is checked", office.get(f"{REPORT}?check=1"), signed_in=True)
    refused = {
        "version.quantity.school_total": "0",
        "quantity.school_total": "x",
        "version.problems": "0",
        "problems": "x" * 3000,
    }
    pages.add("a report with what was refused", office.post(REPORT, refused), signed_in=True)
    office.patch(REPORT, {"problems": ("ของเพื่อน", 0)})
    pages.add("a report that a colleague changed", office.post(REPORT, refused | {"problems": "ของฉัน"}), signed_in=True)
    pages.add("a report submitted too early", office.post(f"{REPORT}/submit"), signed_in=True)
    office.report_everything("/reports/2566-6/P-CPM-3/QP-2")
    pages.add("a report before it is sent", office.get("/reports/2566-6/P-CPM-3/QP-2/check"), signed_in=True)
    office.post("/reports/2566-6/P-CPM-3/QP-2/submit")
    pages.add("a report that was sent", office.get("/reports/2566-6/P-CPM-3/QP-2"), signed_in=True)
    pages.add("a board with a report sent", office.get("/reports/2566-6/P-CPM-3/"), signed_in=True)
    pages.add("a report as the centre sees it", central.get("/reports/2566-6/P-CPM-3/QP-2"), signed_in=True)
    office.post("/projects/2566/P-CPM-3/", {"name": "โครงการที่กำลังบันทึก"})
    pages.add("a project that is checked", office.get("/projects/2566/P-CPM-3/2?check=1"), signed_in=True)
    pages.add("a project without a name", office.post("/projects/2566/P-CPM-3/", {"name": ""}), signed_in=True)
    pages.add("no workbook of projects", office.post("/projects/2566/P-CPM-3/import"), signed_in=True)
    pages.add("a profile refused", office.post("/profile/", {"full_name": ""}), signed_in=True)
    pages.add("a password refused", office.post("/profile/password", {"password": "x"}), signed_in=True)
    for screen in menu.SCREENS:
        if "add" in screen.include_route_methods:
            pages.add(f"{screen.__name__} refused", central.post(f"{screen.route_base}/add", {"active": "y"}), signed_in=True)
        pages.add(f"{screen.__name__} with nothing found", central.get(f"{screen.route_base}/list/?q=zzz"), signed_in=True)
    pages.add("signing in refused", stranger.post("/login/", {"email": "x", "password": "x"}), signed_in=False)
    pages.add("registering refused", stranger.post("/register/", {"email": "x"}), signed_in=False)
    pages.add("a page that there is not", stranger.get("/no-such-page"), signed_in=False)
    pages.add("a page that one may not see", office.get("/admin/areas/list/"), signed_in=True)
    pages.add("a form without the token", stranger.client.post("/login/", data={"email": "x"}), signed_in=False)
    pages.add("a form too large", stranger.post("/login/", {"email": "x" * 3_000_000}), signed_in=False)
    pages.add("another host", stranger.client.get("/", headers={"Host": "evil.example"}), signed_in=False)
    pages.add("nothing at all", stranger.client.get("/api/nothing", headers={"Accept": "application/json"}), signed_in=False)
    return pages


@pytest.fixture
def pages(request: pytest.FixtureRequest) -> Pages:
    """The walk through all pages, made once for this module."""
    found: Pages | None = getattr(request.module, "_walked", None)
    if found is None:
        found = request.module._walked = _walk(request.getfixturevalue("app"))
    return found


def judged(pages: Pages, rule: Callable[[TestResponse, lxml.html.HtmlElement], object]) -> list[str]:
    """The pages that a rule finds something wrong with, and what."""
    return [f"{name}: {fault}" for name, response, page in pages.parsed() if (fault := rule(response, page))]


def test_the_walk_saw_the_pages(pages):
    names = [name for name, _, _ in pages.parsed()]
    assert len(names) > 90
    faults = {name: response.status_code for name, response in pages.answers.items() if response.status_code >= 500}
    assert faults == {}
    assert {
        "ReportView.report",
        "ReportView.dashboard",
        "PublicView.index",
        "IndicatorAdmin.edit",
        "a report before it is sent",
    } <= {name for name in names if pages.answers[name].status_code == 200}


def test_every_page_has_one_heading_a_title_a_language_and_the_token(pages):
    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        headings = [" ".join(found.text_content().split()) for found in page.xpath("//h1")]
        if len(headings) != 1 or not headings[0]:
            return f"headings {headings}"
        title = "".join(page.xpath("//title/text()")).strip()
        if not title or title.startswith("·"):
            return f"title {title!r}"
        if page.xpath("/html/@lang") not in (["th"], ["en"]):
            return "no language"
        tokens = page.xpath("//meta[@name='csrf-token']/@content")
        return "no token" if len(tokens) != 1 or not tokens[0] else None

    assert [fault for fault in judged(pages, rule) if fault != "another host: no token"] == []


def test_every_form_that_writes_carries_the_token(pages):
    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        # A dialog opens by script alone, which asks for a fresh token: that of the page has died with the session.
        forms = [form for form in page.forms if form.method == "POST" and not form.xpath("ancestor::dialog")]
        return [form.action for form in forms if not form.xpath(".//input[@name='csrf_token']/@value")]

    assert judged(pages, rule) == []


def test_an_id_stands_once_on_a_page_and_every_reference_finds_its_own(pages):
    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        ids = [str(found) for found in page.xpath("//@id")]
        twice = {found for found in ids if ids.count(found) > 1}
        if twice:
            return f"twice {sorted(twice)}"
        wanted = [*page.xpath("//@for"), *page.xpath("//@form"), *page.xpath("//@list"), *page.xpath("//@aria-controls")]
        for attribute in ("aria-describedby", "aria-labelledby"):
            wanted += [word for value in page.xpath(f"//@{attribute}") for word in value.split()]
        wanted += [link[1:] for link in page.xpath("//a/@href") if link.startswith("#") and len(link) > 1]
        lost = sorted({str(found) for found in wanted} - set(ids))
        return f"leads nowhere {lost}" if lost else None

    assert judged(pages, rule) == []


def test_every_control_and_every_button_has_a_name(pages):
    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        labelled = {str(found) for found in page.xpath("//label/@for")}
        nameless = []
        for control in page.xpath("//input[not(@type='hidden')] | //select | //textarea | //button | //summary"):
            named = control.get("aria-label") or control.get("aria-labelledby") or control.get("id") in labelled
            named = (
                named
                or control.xpath("ancestor::label")
                or (control.get("type") in ("submit", "button") and control.get("value"))
            )
            if control.tag in ("button", "summary"):
                named = named or control.text_content().strip() or control.xpath(".//@aria-label")
            if not named:
                nameless.append(f"<{control.tag} name={control.get('name')!r} id={control.get('id')!r}>")
        return nameless

    assert judged(pages, rule) == []


def test_every_link_and_picture_has_words(pages):
    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        silent = [
            link.get("href")
            for link in page.xpath("//a[@href]")
            if not (link.text_content().strip() or link.get("aria-label") or link.xpath(".//@aria-label | .//img/@alt"))
        ]
        return silent or [picture.get("src") for picture in page.xpath("//img[not(@alt)]")]

    assert judged(pages, rule) == []


def test_no_page_has_a_style_or_a_handler_in_a_tag(pages):
    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        inline = [str(found) for found in page.xpath("//@style")]
        handlers = [name for element in page.iter() for name in element.attrib if name.startswith("on")]
        scripts = [
            link for link in page.xpath("//@href | //@action | //@src") if link.strip().lower().startswith("javascript:")
        ]
        return inline + handlers + scripts

    assert judged(pages, rule) == []


def test_every_script_and_style_in_a_page_has_the_nonce_of_its_answer(pages):
    def rule(response: TestResponse, page: lxml.html.HtmlElement) -> object:
        policy = response.headers["Content-Security-Policy"]
        nonces = set(re.findall(r"'nonce-([^']+)'", policy))
        if len(nonces) != 1 or "unsafe-inline" in policy or "unsafe-eval" in policy:
            return policy
        return [found.tag for found in page.xpath("//script | //style") if found.get("nonce") not in nonces]

    assert judged(pages, rule) == []


def test_a_nonce_is_used_once(pages):
    nonces = [re.search(r"'nonce-([^']+)'", answer.headers["Content-Security-Policy"]) for _, answer, _ in pages.parsed()]
    found = [nonce.group(1) for nonce in nonces if nonce]
    assert len(found) == len(set(found)) > 90


def test_no_page_fetches_anything_from_elsewhere(pages):
    fetched = "//link/@href | //script/@src | //img/@src | //iframe/@src | //video/@src | //source/@src | //form/@action | //use/@href"

    def rule(_: TestResponse, page: lxml.html.HtmlElement) -> object:
        found = [str(link) for link in page.xpath(fetched)]
        return [link for link in found if urlsplit(link).netloc or urlsplit(link).scheme not in ("", "data")]

    assert judged(pages, rule) == []


def test_every_answer_carries_the_headers_that_protect(pages):
    wanted = {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    bare = []
    for name, answer in pages.answers.items():
        bare += [(name, header) for header, value in wanted.items() if answer.headers.get(header) != value]
        policy = answer.headers.get("Content-Security-Policy", "")
        if "default-src 'none'" not in policy or "frame-ancestors" not in policy or "Permissions-Policy" not in answer.headers:
            bare.append((name, policy))
        if "Server" in answer.headers or "X-Powered-By" in answer.headers:
            bare.append((name, "says what serves it"))
    assert bare == []


def test_nothing_of_a_signed_in_person_is_kept_by_a_browser_or_a_proxy(pages):
    kept = []
    for name, answer in pages.answers.items():
        policy = answer.headers.get("Cache-Control", "")
        fine = "no-store" in policy if name not in pages.of_strangers else "no-store" in policy or "private" in policy
        if not fine and not name.startswith(("static", "appbuilder.static")):
            kept.append((name, policy))
    assert kept == []


# --- migrations ----------------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database in which nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    url: str = request.getfixturevalue("postgresql_url")
    base, _, query = url.partition("?")
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text("CREATE DATABASE empty"))
    yield f"{base.rpartition('/')[0]}/empty?{query}"
    with admin.connect() as connection:
        connection.execute(text("DROP DATABASE empty WITH (FORCE)"))
    admin.dispose()


def test_the_migrations_make_what_the_models_say_and_lead_back_and_forth(empty_database, tmp_path):
    app = create_app(
        {
            "EMES_DATA_DIR": tmp_path,
            "EMES_STORAGE_URL": f"file://{tmp_path / 'evidence'}",
            "SQLALCHEMY_DATABASE_URI": empty_database,
        }
    )
    folder = app.config["MIGRATIONS_DIR"]

    def differences() -> list[Any]:
        with db.engine.connect() as connection:
            context = MigrationContext.configure(
                connection,
                opts={
                    "compare_type": True,
                    "include_object": lambda _, name, kind, *__: (kind, name) != ("table", "alembic_version"),
                },
            )
            return list(compare_metadata(context, db.metadata))

    with app.app_context():
        upgrade(directory=folder)
        assert differences() == []
        made = set(inspect(db.engine).get_table_names())
        assert {"area", "submission", "answer", "evidence", "ab_user"} <= made
        downgrade(directory=folder, revision="base")
        assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
        upgrade(directory=folder)
        assert set(inspect(db.engine).get_table_names()) == made
        assert differences() == []
        db.engine.dispose()


# --- settings and documents ----------------------------------------------------------------------------------------------------


def settings_read() -> set[str]:
    """The names of the environment that config.py reads."""
    return set(re.findall(r"""["'](EMES_\w+)["']""", (ROOT / "config.py").read_text("utf-8"))) - {
        "EMES_MAX_UPLOAD_BYTES",
        "EMES_KEEP_DAYS",
    }


def test_every_setting_is_explained_to_the_administrator():
    assert len(settings_read()) > 12
    explained = (ROOT / "docs" / "operations.md").read_text("utf-8")
    assert sorted(name for name in settings_read() if f"`{name}`" not in explained) == []


def test_the_environment_is_read_in_one_place():
    readers = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "app").rglob("*.py")
        if re.search(r"os\.environ|getenv", path.read_text("utf-8"))
    ]
    assert readers == []


def test_a_process_that_answers_pages_does_without_the_writers_of_workbooks_and_documents(tmp_path):
    """They would cost it 90 MiB: `app.exports` brings them when a file is made."""
    asked = (
        "import sys; from app import create_app; create_app(); print([name for name in sys.argv[1:] if name in sys.modules])"
    )
    writers = ["pandas", "pyarrow", "numpy", "openpyxl", "docx", "weasyprint", "pypdfium2"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMES_")} | {
        "EMES_DATA_DIR": str(tmp_path)
    }
    done = subprocess.run(
        [sys.executable, "-c", asked, *writers], cwd=ROOT, env=kept, capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"


def test_the_readme_names_the_two_commands_and_the_makefile_has_them():
    readme, makefile = ((ROOT / name).read_text("utf-8") for name in ("README.md", "Makefile"))
    for command in ("run", "test"):
        assert f"`make {command}`" in readme
        assert re.search(rf"^{command}:", makefile, re.MULTILINE)
    for command in set(re.findall(r"`make ([a-z-]+)`", readme)):
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


def test_every_link_of_the_documents_leads_to_a_file():
    lost = []
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
            if not (document.parent / link).exists():
                lost.append((document.name, link))
    assert lost == []


def test_every_test_that_the_table_of_faults_names_is_there_and_every_fault_test_is_named():
    named = set(re.findall(r"`((?:\w+/)?test_\w+)`", (ROOT / "docs" / "faults.md").read_text("utf-8")))
    folder = ROOT / "tests"
    assert [name for name in sorted(named) if not (folder / ("" if "/" in name else "faults") / f"{name}.py").exists()] == []
    assert {path.stem for path in (folder / "faults").glob("test_*.py")} <= named


def test_every_test_that_the_table_of_threats_names_is_there_and_every_threat_has_one():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    named = set(re.findall(r"`(\w+/test_\w+)(?:::(test_\w+))?`", text))
    folder = ROOT / "tests"

    def is_there(module: str, test: str) -> bool:
        path = folder / f"{module}.py"
        return path.exists() and (not test or f"def {test}(" in path.read_text("utf-8"))

    assert [f"{module}::{test}" for module, test in sorted(named) if not is_there(module, test)] == []
    rows = {number: line for line in text.splitlines() if (number := re.match(r"\| T(\d+) ", line))}
    assert sorted(int(number.group(1)) for number in rows) == list(range(1, 24))
    assert all("/test_" in line for line in rows.values())


# Requirements of OWASP ASVS 5.0.0 at levels 1 and 2 in its chapters, and the ones of level 3 at which docs/security.md aims as well.
OF_LEVEL_1 = [8, 4, 8, 2, 4, 13, 6, 4, 4, 5, 3, 3, 1, 2, 3, 0, 0]
OF_LEVEL_2 = [19, 7, 11, 8, 5, 22, 12, 3, 3, 24, 11, 6, 12, 7, 10, 16, 7]
OF_LEVEL_3 = {"1.2.10", "5.2.4", "5.2.5", "5.2.6", "6.3.8", "8.3.2", "15.4.2"}
STATES = ("met", "not applicable", "partly", "not met")


def _lacks(shown: str) -> bool:
    """Whether a test (`folder/test_module::test_name`) or a file that the map names is not there."""
    module, _, test = shown.partition("::")
    if not test:
        return not (ROOT / shown).is_file()
    path = ROOT / "tests" / f"{module}.py"
    return not path.is_file() or f"def {test}(" not in path.read_text("utf-8")


def test_the_map_of_the_standard_has_each_requirement_once_and_names_what_is_there():
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "level", "state", "how", "shown by"]
    places = [tuple(int(number) for number in row["id"].split(".")) for row in rows]
    assert places == sorted(set(places)) and {len(place) for place in places} == {3}
    levels = Counter((place[0], row["level"]) for place, row in zip(places, rows, strict=True))
    assert [levels[chapter, "1"] for chapter in range(1, 18)] == OF_LEVEL_1 and sum(OF_LEVEL_1) == 70
    assert [levels[chapter, "2"] for chapter in range(1, 18)] == OF_LEVEL_2 and sum(OF_LEVEL_2) == 183
    assert {row["id"] for row in rows if row["level"] == "3"} == OF_LEVEL_3 and len(rows) == 260
    assert {row["state"] for row in rows} <= set(STATES)
    shown = {row["id"]: [part for part in row["shown by"].split("; ") if part] for row in rows}
    assert [row["id"] for row in rows if not row["how"].strip() or (row["state"] == "met" and not shown[row["id"]])] == []
    assert [(number, part) for number, parts in shown.items() for part in parts if _lacks(part)] == []


def test_the_page_on_security_says_of_the_standard_what_its_map_says():
    with (ROOT / "docs" / "asvs.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    section = text.partition("## ASVS 5.0\n")[2].partition("\n## ")[0]
    told = {
        name: [int(number) for number in numbers.split("|")]
        for name, numbers in re.findall(r"^\| (V\d+|All)\b[^|]*\|([\d |]+)\|$", section, re.MULTILINE)
    }
    counts = Counter((row["id"].partition(".")[0], row["state"]) for row in rows)
    wanted = {f"V{chapter}": [counts[str(chapter), state] for state in STATES] for chapter in range(1, 18)}
    wanted["All"] = [sum(column) for column in zip(*wanted.values(), strict=True)]
    assert told == {name: [*numbers, sum(numbers)] for name, numbers in wanted.items()}
    for state, heading in (("not met", "### Not met\n"), ("partly", "### Partly met\n")):
        listed = section.partition(heading)[2].partition("\n### ")[0].strip().splitlines()
        assert listed == [f"- **{row['id']}** (level {row['level']}): {row['how']}" for row in rows if row["state"] == state]


# --- generated screens ---------------------------------------------------------------------------------------------------------

ALWAYS = {
    *("route_base", "class_permission_name", "datamodel", "icon_name"),
    *("list_title", "list_columns", "order_columns", "base_order", "quick_search", "offered_filters"),
}
BY_METHOD = {method: {f"{method}_title", f"{method}_columns"} for method in ("show", "add", "edit")}


@pytest.mark.parametrize("screen", menu.SCREENS, ids=lambda screen: screen.__name__)
def test_a_generated_screen_names_everything_that_it_shows(any_app, screen):
    """Set on the class itself: what the framework would make up from the model shows a new column to everybody."""
    own = {name for parent in screen.__mro__[: screen.__mro__.index(Generated)] for name in vars(parent)}
    wanted = ALWAYS.union(*(BY_METHOD[method] for method in screen.include_route_methods if method in BY_METHOD))
    assert sorted(wanted - own - ({"icon_name"} if screen.__name__ == "IndicatorAdmin" else set())) == []
    labels = {*LABELS, *(screen.label_columns or {})}
    view = next(view for view in any_app.appbuilder.baseviews if type(view) is screen)
    shown = {*view.list_columns, *view.offered_filters, *view.order_columns}
    for method in screen.include_route_methods & set(BY_METHOD):
        shown |= set(getattr(view, f"{method}_columns"))
    assert sorted(shown - labels) == [], "a column without a name of ours"
    assert list(view.search_columns) == list(screen.offered_filters)
    secrets = {"password", "password_hash", "token_hash", "storage_key", "registered_address", "current_address"}
    assert shown & secrets == set()


# Fields of the forms that explain themselves, on whichever screen they stand, or on one.
WITHOUT_HINT = frozenset(
    {
        *("name_th", "name_en", "title_th"),  # names: what else could be entered
        *("ExtensionAdmin.round", "ExtensionAdmin.area"),  # the form is about giving this office more time in this round
        *("InspectionAdmin.kind", "ContactAdmin.kind", "AccountAdmin.personnel_type"),  # the answers say what is meant
    }
)


def _names_without_hint(any_app: Flask) -> set[str]:
    """Every field of every form that has no description, by the shortest name of the set that knows it."""
    found = set()
    for view in any_app.appbuilder.baseviews:
        if not isinstance(view, Generated):
            continue
        for method in {"add", "edit"} & view.include_route_methods:
            form = getattr(view, f"{method}_form")
            bare = {name for name in getattr(view, f"{method}_columns") if not getattr(form, name).kwargs.get("description")}
            found |= {name if name in WITHOUT_HINT else f"{type(view).__name__}.{name}" for name in bare}
    return found


def test_every_field_of_a_form_says_what_to_enter_or_is_known_to_need_no_words(any_app):
    assert _names_without_hint(any_app) == WITHOUT_HINT


def test_every_generated_screen_stands_in_the_menu(any_app):
    made = {type(view) for view in any_app.appbuilder.baseviews if isinstance(view, Generated)}
    assert made == set(menu.SCREENS)


def test_the_framework_brings_no_screen_of_its_own(any_app):
    foreign = {type(view).__module__ for view in any_app.appbuilder.baseviews} - {"flask_appbuilder.baseviews"}
    assert [name for name in sorted(foreign) if not name.startswith("app.")] == []
    assert not [
        rule.rule for rule in any_app.url_map.iter_rules() if rule.rule.startswith(("/users", "/roles", "/api/v1/security"))
    ]


# --- files ---------------------------------------------------------------------------------------------------------------------


def sources(*suffixes: str) -> list[Path]:
    skipped = {"vendor", "__pycache__"}
    return [path for path in (ROOT / "app").rglob("*") if path.suffix in suffixes and not skipped & set(path.parts)]


def test_files_of_the_application_stay_short():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines()) for path in sources(".py", ".html", ".js")
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}


def test_files_are_named_after_what_they_know():
    named = [path for folder in ("app", "tests") for path in (ROOT / folder).rglob("*") if "__pycache__" not in path.parts]
    assert [str(path.relative_to(ROOT)) for path in named if path.stem.lower() in VAGUE_NAMES] == []


def test_every_module_says_what_it_is_for():
    assert [str(path.relative_to(ROOT)) for path in sources(".py") if not re.match(r'"""\S', path.read_text("utf-8"))] == []
