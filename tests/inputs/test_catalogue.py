"""The 172 groups of bad input (reliability §5), each with what is answered, in `catalogue.json`.

A line says `what` it is; how it is sent (`do`: recipes of `recipes.py` and `wire.py` with their words; besides, every case of `cases.py`
whose name begins with the line); which statuses may be answered (`answers`); which Thai words stand in the
answers (`says`); what may change (`writes`: nothing if it is not there); why the answer differs from the list (`note`); and tests elsewhere
that look closer (`also`)."""

from __future__ import annotations

import ast
import json
import re
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from tests.architecture.test_house import everything_stored
from tests.inputs import recipes, wire
from tests.inputs.cases import CASES, Case, World, faults_of
from tests.server import Server

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
CATALOGUE: list[dict[str, Any]] = json.loads((HERE / "catalogue.json").read_text("utf-8"))
LENGTHS = {"U": 51, "TX": 25, "NU": 20, "ID": 17, "DA": 12, "X": 19, "HD": 14, "JS": 14}
NUMBER = re.compile(r"(?:U|TX|NU|ID|DA|X|HD|JS)\d+")
MOST_SECONDS = 10


def numbers_of(case: Case) -> list[str]:
    """The lines that a case belongs to: the words with which its name begins."""
    found = []
    for word in case.name.split():
        if not NUMBER.fullmatch(word):
            break
        found.append(word)
    return found


@cache
def cases_by_line() -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in CASES:
        for number in numbers_of(case)[:1]:
            found.setdefault(number, []).append(case)
    return found


# --- the catalogue itself -------------------------------------------------------------------------------------------------------


def test_every_line_of_the_list_is_there_once_and_in_its_order():
    assert [line["id"] for line in CATALOGUE] == [f"{kind}{n}" for kind, count in LENGTHS.items() for n in range(1, count + 1)]
    assert len(CATALOGUE) == 172


def test_every_line_is_checked_and_knows_no_word_that_nobody_reads():
    known = {"id", "what", "answers", "answers_of", "says", "writes", "do", "note", "also"}
    for line in CATALOGUE:
        assert set(line) <= known and {"id", "what", "answers"} <= set(line), line["id"]
        assert line.get("do") or line["id"] in {number for case in CASES for number in numbers_of(case)}, line["id"]
        for name, *_ in line.get("do", []):
            assert name in recipes.RECIPES or name in wire.RECIPES, (line["id"], name)
    assert {number for case in CASES for number in numbers_of(case)} <= {line["id"] for line in CATALOGUE}


@cache
def _functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_test_that_a_line_names_is_there():
    for line in CATALOGUE:
        for named in line.get("also", []):
            path, _, function = named.partition("::")
            assert not function or function in _functions(path), named
            assert _functions(path), named


# --- sending it -----------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def server(initialised: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real web server, for what is decided before there is a request."""
    found = Server(tmp_path_factory.mktemp("wire") / "data", EMES_MAX_FILE_MB="1", EMES_MAX_CLIP_MB="1")
    found.begin_as(initialised)
    found.start_web()
    yield found
    found.kill()


@pytest.fixture
def world(request: pytest.FixtureRequest, any_app: Flask) -> World:
    """The same world for line after line of the catalogue, as long as nothing changes in it; then a new one."""
    kept: World | None = getattr(request.module, "_kept", None)
    if kept is None or kept.disturbed or everything_stored(any_app) != kept.stands:
        kept = request.module._kept = World(request.getfixturevalue("app"))
    return kept


def faults_of_line(world: World, line: dict[str, Any], server: Server | None) -> list[str]:
    """What is wrong with the answers to the inputs of a line."""
    found, got, said = [], set(), ""
    for place, words in enumerate(line.get("do", [])):
        if words[0] in wire.RECIPES and server is None:
            continue
        began = time.monotonic()
        try:
            answer = wire.RECIPES[words[0]](server, *words[1:]) if words[0] in wire.RECIPES else recipes.send(world, words)
        except Exception as error:  # an answer was wanted, whatever this is
            found.append(f"{words}: no answer but {type(error).__name__}: {error}")
            continue
        allowed = line.get("answers_of", {}).get(str(place), line["answers"])
        if answer.status_code not in allowed:
            found.append(f"{words}: {answer.status_code} instead of {allowed}")
        got.add(answer.status_code)
        text = answer.text
        said += text if "\\u0e" not in text else text.encode().decode("unicode_escape")
        if "Traceback" in text:
            found.append(f"{words}: shows where it broke")
        if time.monotonic() - began > MOST_SECONDS:
            found.append(f"{words}: took {time.monotonic() - began:.0f} s")
    found += [f"nobody says {word!r}" for word in line.get("says", []) if word not in said]
    return found


def changed_by(world: World, line: dict[str, Any]) -> set[str]:
    """Tables that changed though the line says they do not. Where everything is refused that is every table but those of signing in. A
    world that changed is not shown to the next line."""
    stood, world.stands = world.stands, everything_stored(world.app)
    changed = {table for table in stood if stood[table] != world.stands[table]}
    world.disturbed = world.disturbed or bool(changed)
    writes = line.get("writes", ())
    usual = SIGNING_IN if min(line["answers"]) >= 400 else SIGNING_IN | TAKEN_AND_DELETED
    return set() if writes == "*" else changed - set(writes) - usual


SIGNING_IN = {"user_session", "sign_in_throttle"}
# A file that was taken and deleted again leaves its row, its lines on record, and its bytes for the grace.
TAKEN_AND_DELETED = {"evidence", "change", "chain_head", "files of the store", "upload", "submission"}


@pytest.mark.parametrize("line", CATALOGUE, ids=[line["id"] for line in CATALOGUE])
def test_bad_input_is_answered_as_the_catalogue_says(world, line, request):
    needs_server = any(words[0] in wire.RECIPES for words in line.get("do", []))
    faults = []
    for case in cases_by_line().get(line["id"], []):
        faults += faults_of(world, case)
    faults += faults_of_line(world, line, request.getfixturevalue("server") if needs_server else None)
    if changed := changed_by(world, line):
        faults.append(f"changed {sorted(changed)}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("kind", ["U", "NU", "ID", "JS", "HD", "TX"])
def test_so_is_what_stands_in_no_line(world, kind):
    faults = []
    for case in CASES:
        if not numbers_of(case) and case.name.split()[0] == kind:
            faults += faults_of(world, case)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_all_of_it_is_answered_the_same_on_postgresql(app):
    world, faults = World(app), []
    for case in CASES:
        faults += faults_of(world, case)
    for line in CATALOGUE:
        faults += [f"{line['id']} {fault}" for fault in faults_of_line(world, line, None)]
    assert not faults, "\n".join(faults)
