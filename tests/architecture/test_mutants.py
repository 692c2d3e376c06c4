"""The mutants of defences: every threat has one, each can be put in, and the test that must notice it is there. `make mutants` runs them."""

from __future__ import annotations

import os
import re
import sys
import traceback
from pathlib import Path

from tests.mutants_of_defences import MUTANTS, MUTANTS_OF_FAULTS

ROOT = Path(__file__).parents[2]
FAULTS = ROOT / "tests" / "faults"
THREATS = [f"T{number}" for number in range(1, 24)]


def test_every_mutant_can_be_put_in():
    """A name that was changed in the product shows here at once. A child does it, so that this process stays whole."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        failed = []
        for mutant in MUTANTS:
            try:
                mutant.put_in()
            except Exception:
                failed.append(f"{mutant.name}: {traceback.format_exc()}")
        os.write(writing, "\n".join(failed).encode()[-60_000:])
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as said:
        failed_to = said.read()
    assert os.waitpid(child, 0)[1] == 0
    assert failed_to == ""


def test_every_threat_has_a_mutant_and_every_mutant_a_name_of_its_own():
    known = {mutant.threat for mutant in (*MUTANTS, *MUTANTS_OF_FAULTS)}
    assert [threat for threat in THREATS if threat not in known] == []
    names = [mutant.name for mutant in MUTANTS]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert [mutant.name for mutant in MUTANTS if not (mutant.put_in.__doc__ or "").strip()] == [], "say what is taken away"


def test_every_function_among_the_mutants_is_in_the_table():
    listed = {(mutant.put_in.__module__, mutant.name) for mutant in MUTANTS}
    for module in {module for module, _ in listed}:
        made = {value.__name__ for value in vars(sys.modules[module]).values() if getattr(value, "__module__", "") == module}
        assert {(module, name) for name in made if not name.startswith("_")} <= listed


def test_every_test_that_is_named_for_a_mutant_is_there():
    lost = []
    for mutant in (*MUTANTS, *MUTANTS_OF_FAULTS):
        module, _, test = mutant.test.partition("[")[0].partition("::")
        path = ROOT / "tests" / module
        if not path.is_file() or f"def {test}(" not in path.read_text("utf-8"):
            lost.append(mutant.test)
    assert lost == []


def test_the_mutants_of_faults_stand_in_the_tests_that_are_named_for_them():
    assert [
        mutant.name
        for mutant in MUTANTS_OF_FAULTS
        if mutant.name not in (ROOT / "tests" / mutant.test.partition("::")[0]).read_text("utf-8")
    ] == []
    functions = "\n".join(path.read_text("utf-8") for path in FAULTS.glob("mutants*.py"))
    assert [one.name for one in MUTANTS_OF_FAULTS if one.name.isidentifier() and f"def {one.name}(" not in functions] == []


def test_the_page_on_security_lists_the_mutants_of_each_threat():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    section = text.partition("\n## Mutants\n")[2].partition("\n## ")[0]
    told = {
        threat: sorted(re.findall(r"`([^`]+)`", names))
        for threat, names in re.findall(r"^- \*\*([^*]+)\*\*: ((?:.+\n(?!- ))*.+)$", section, re.MULTILINE)
    }
    wanted: dict[str, list[str]] = {}
    for mutant in (*MUTANTS, *MUTANTS_OF_FAULTS):
        wanted.setdefault(mutant.threat, []).append(mutant.name)
    assert told == {threat: sorted(names) for threat, names in wanted.items()}


def test_the_line_of_a_threat_names_the_tests_that_miss_its_defences():
    text = (ROOT / "docs" / "security.md").read_text("utf-8")
    lines = dict(re.findall(r"^\| (T\d+) (.*)$", text, re.MULTILINE))
    lacking = []
    for mutant in MUTANTS:
        named = mutant.test.partition("[")[0].replace(".py::", "::")
        module = named.partition("::")[0]
        line = lines.get(mutant.threat, f"`{named}`")  # what has no number has no line
        if f"`{named}`" not in line and f"`{module}`" not in line:
            lacking.append(f"{mutant.threat}: {named}")
    assert lacking == []
