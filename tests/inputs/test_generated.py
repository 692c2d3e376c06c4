"""Thousands of requests that nobody thought of: what the API's own document allows and forbids (schemathesis), and every address of the pages
with forms, arguments and parts of addresses of all kinds (hypothesis). Whatever comes, no answer is a fault of ours.

The same ones each time: a fault that is found is found again."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import suppress
from typing import Any

import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from werkzeug.routing import Rule

from tests.architecture.test_access import _addresses, _world, table
from tests.person import Person
from tests.programs import put_token

LEAST_REQUESTS = 5_000
OF_THE_API, OF_PAGES = 100, 3_200
OFFICE = "P-CPM-3"
# What ends the session that the others need, or answers without end.
LEFT_OUT = {"static", "appbuilder.static", "SignInView.logout", "ProfileView.end_other_sessions"}
PEOPLE = (
    "reporter.p-cpm-3",
    "coordinator.p-cpm-3",
    "director.p-cpm-3",
    "central",
    "admin",
    "evaluator1",
    "moderator",
    "analyst",
)
EACH_TIME: dict[str, Any] = {
    "derandomize": True,
    "database": None,
    "deadline": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
HOSTILE = (
    *(
        "",
        " ",
        "\x00",
        "ก\x00",
        "\ud800",
        "\ufffe",
        "👩‍🏫",
        "๑๒๓",
        "-1",
        "0",
        "1.5",
        "1e400",
        "NaN",
        "null",
        "true",
        "[]",
        "{}",
    ),
    *(
        "2147483648",
        "99999999999999999999",
        "9" * 400,
        "=1+1",
        "' OR 1=1 --",
        "%",
        "_",
        "%s",
        "{{7*7}}",
        "<script>alert(1)</script>",
    ),
    *(
        "../../etc/passwd",
        "..\\x",
        "//evil.example",
        "javascript:alert(1)",
        "31/02/2566",
        "๓๑/๐๑/๒๕๖๖",
        "9999-12-31",
        "01/01/0001 24.00",
    ),
    *("P-CPM-3", "P-CPM-2", "2566-6", "QP-1", "criterion.1", "criterion.99", "1", "2", "5", "draft", "submitted", "th", "on"),
)
words = st.sampled_from(HOSTILE) | st.text(max_size=40)
NAMES = (
    *(
        "page",
        "q",
        "f_kind",
        "state",
        "region",
        "province",
        "indicator",
        "round",
        "what",
        "next",
        "view",
        "lang",
        "as_of",
        "file",
        "slot",
    ),
    *(
        "reason",
        "due_at",
        "level",
        "self_level",
        "problems",
        "version.problems",
        "title_th",
        "name_th",
        "code",
        "text",
        "area",
        "role",
    ),
    *(
        "email",
        "password",
        "full_name",
        "phone",
        "position",
        "person",
        "indicators",
        "number",
        "dated_on",
        "digest",
        "source",
        "place",
    ),
    *(
        "fiscal_year",
        "quarter",
        "name",
        "budget",
        "starts_on",
        "ends_on",
        "kind",
        "dataset",
        "office",
        "product",
        "note",
        "point",
        "for",
    ),
)
pairs = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=12), words | st.lists(words, max_size=3), max_size=6)


def _ask_the_api(app: Flask, counted: Counter[str]) -> None:
    """Every operation that the document names, with what it allows and with what it does not."""
    program = put_token(app, "central")
    document = program.get("/openapi.json").json
    schema = schemathesis.openapi.from_dict(document)
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @settings(max_examples=OF_THE_API, **EACH_TIME)
            @given(case=operation.as_strategy(generation_mode=mode))
            def ask(case: Any) -> None:
                sent = case.as_transport_kwargs(base_url="http://localhost/api/v1")
                answer = app.test_client(use_cookies=False).open(
                    sent["url"].removeprefix("http://localhost"),
                    method=case.method,
                    query_string=sent.get("params"),
                    headers={"Authorization": f"Bearer {program.token}"},
                )
                counted[f"API {answer.status_code}"] += 1
                assert answer.status_code < 500, (case.method, sent["url"], sent.get("params"))

            with suppress(Unsatisfiable):  # what takes no parameter can't be asked with a wrong one
                ask()


def _ask_the_pages(app: Flask, counted: Counter[str]) -> None:
    """Every handler with its own address, or one like it, by somebody who may open it or by anybody else."""
    addresses = {
        call: address for call, address in _addresses(app, OFFICE, _world(app, OFFICE)).items() if call[0] not in LEFT_OUT
    }
    rules: dict[str, Rule] = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    calls = sorted(call for call in addresses if table()[call][0] != "token")
    people = {name: Person(app).signed_in(f"{name}@emes.test") for name in PEOPLE}

    @settings(max_examples=OF_PAGES, **EACH_TIME)
    @given(
        call=st.sampled_from(calls),
        name=st.sampled_from(PEOPLE),
        asked=pairs,
        typed=pairs,
        spoilt=st.none() | st.none() | words,
        way=st.sampled_from(("form", "form", "json", "parts", "none")),
        wants=st.sampled_from(("text/html", "application/json")),
    )
    def ask(call: tuple[str, str], name: str, asked: Any, typed: Any, spoilt: str | None, way: str, wants: str) -> None:
        address = addresses[call]
        if spoilt is not None and rules[call[0]].arguments:
            before, _, last = address.rpartition("/")
            address = f"{before}/{spoilt}" if last else f"{before.rpartition('/')[0]}/{spoilt}/"
        person = people[name]
        sent: dict[str, Any] = {"headers": {"X-CSRFToken": person._ensure_token(), "Accept": wants}}
        if call[1] != "GET":
            if way == "json":
                sent["json"] = {key.encode("utf-8", "replace").decode(): value for key, value in _readable(typed).items()}
            elif way != "none":
                sent["data"] = _readable(typed)
                sent["content_type"] = "multipart/form-data" if way == "parts" else "application/x-www-form-urlencoded"
        answer = person.client.open(_line(address), method=call[1], query_string=_readable(asked), **sent)
        counted[f"{call[1]} {answer.status_code}"] += 1
        assert answer.status_code < 500, (call, address, asked, typed, way)
        answer.close()
        if answer.status_code in (302, 401) and "/login/" in (answer.location or "/login/"):
            person.signed_in(f"{name}@emes.test")
            person.token = ""

    ask()


def _line(address: str) -> str:
    """An address that a client could send: half characters have no bytes."""
    return (
        address.encode("utf-8", "replace")
        .decode()
        .replace("\n", "%0A")
        .replace("\r", "%0D")
        .replace("?", "%3F")
        .replace("#", "%23")
    )


def _readable(found: dict[str, Any]) -> dict[str, Any]:
    def plain(text: Any) -> Any:
        return [plain(one) for one in text] if isinstance(text, list) else text.encode("utf-8", "replace").decode()

    return {plain(key): plain(value) for key, value in found.items()}


def test_no_request_that_a_machine_can_think_of_is_answered_with_a_fault(app, monkeypatch, capsys, caplog):
    monkeypatch.setitem(app.config, "EMES_API_REQUESTS_A_MINUTE", 10**6)
    caplog.set_level(logging.ERROR, "app")
    counted: Counter[str] = Counter()
    _ask_the_pages(app, counted)
    _ask_the_api(app, counted)
    with capsys.disabled():
        print(f"\n{counted.total()} generated requests: {dict(sorted(counted.items()))}")  # noqa: T201 - the count is wanted in the log
    assert counted.total() >= LEAST_REQUESTS
    assert sum(count for kind, count in counted.items() if kind.startswith("API")) >= 1_000
    taken = sum(count for kind, count in counted.items() if kind.endswith((" 200", " 201", " 303")))
    assert taken >= counted.total() // 5, "most would be stopped at the door: nothing behind it was tried"
