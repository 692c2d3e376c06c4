"""The catalogues: everything the code says is said in Thai, with the same values in it."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.catalog import Message

ROOT = Path(__file__).parents[2]
# Names that are the same in both languages.
SAME_IN_BOTH = {"SHA-256"}
# Spellings that the Royal Society's dictionary does not know, and marks that shout.
UNWANTED = ("!", "ลิงค์", "อัพโหลด", "ดาวน์โหลต", "ดาวโหลด", "เว็ปไซต์", "เวปไซต์", "เว็บไซท์", "อีเมล์", "แสกน", "\u0e4d\u0e32", "เเ")


@pytest.fixture(scope="module")
def update() -> Iterator[ModuleType]:
    """`translations/update.py`, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("catalogue_update", ROOT / "translations" / "update.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


@pytest.fixture(scope="module")
def thai(update: ModuleType) -> list[Message]:
    found: list[Message] = update.messages(update.read("th"))
    return found


def test_the_catalogues_say_what_the_source_says(update: ModuleType) -> None:
    assert update.faults() == []


def test_checking_the_catalogues_writes_nothing(update: ModuleType) -> None:
    def kept() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in update.HERE.rglob("*.po*")}

    before = kept()
    update.faults()
    assert kept() == before


def test_every_message_has_a_thai_translation(update: ModuleType) -> None:
    assert update.untranslated(update.read("th")) == []


def test_nothing_in_the_catalogues_is_a_guess_or_left_over(update: ModuleType) -> None:
    for language in update.LANGUAGES:
        catalogue = update.read(language)
        assert [message.id for message in update.messages(catalogue) if message.fuzzy] == []
        assert list(catalogue.obsolete) == []


def test_a_translation_has_the_placeholders_of_its_id(update: ModuleType) -> None:
    for language in update.LANGUAGES:
        for message in update.messages(update.read(language)):
            wanted = [update.placeholders(text) for text in update.forms(message.id)]
            for text in update.forms(message.string):
                assert update.placeholders(text) in wanted, f"{language}: {message.id!r} → {text!r}"


def test_no_percent_sign_stands_alone(update: ModuleType) -> None:
    """A template fills in every message, so that a bare percent sign would break its page: it is written twice."""
    for language in update.LANGUAGES:
        for message in update.messages(update.read(language)):
            for text in (*update.forms(message.id), *update.forms(message.string)):
                assert "%" not in update.PLACEHOLDER.sub("", text), text


def test_a_thai_translation_is_not_the_english_id(update: ModuleType, thai: list[Message]) -> None:
    same = {text for message in thai for text in update.forms(message.string) if text in update.forms(message.id)}
    assert same <= SAME_IN_BOTH


def test_a_thai_translation_is_written_in_thai(update: ModuleType, thai: list[Message]) -> None:
    for message in thai:
        for text in update.forms(message.string):
            words = re.sub(r"%\(\w+\)\w", "", text)
            assert re.search("[ก-๙]", words) or not re.search("[A-Za-z]{3}", words) or text in SAME_IN_BOTH, message.id


def test_thai_is_spelt_as_the_royal_society_spells_it_and_does_not_shout(update: ModuleType, thai: list[Message]) -> None:
    found = [(message.id, word) for message in thai for word in UNWANTED if word in "".join(update.forms(message.string))]
    assert found == []


def test_english_is_the_id_itself(update: ModuleType) -> None:
    for message in update.messages(update.read("en")):
        assert update.forms(message.string) == update.forms(message.id)


def test_messages_with_values_and_plurals_are_found_in_templates_and_code(update: ModuleType) -> None:
    """Guards the settings of the extraction itself: a wrong pattern would leave the catalogue empty and all else passing."""
    ids = {update.forms(message.id) for message in update.messages(update.template())}
    assert ("Work of %(office)s",) in ids, "a template's gettext with a value"
    assert ("%(num)d office", "%(num)d offices") in ids, "a template's ngettext"
    assert ("Your request for an e-MES account was refused",) in ids, "a mail"
    assert ("Excellent",) in ids, "a mark in the domain"
    assert ("Full name",) in ids, "a lazy label"
    assert ("This field is required.",) in ids, "WTForms"
    assert ("Added Row",) in ids, "the framework"


def test_every_sentence_of_a_refusal_is_marked_for_translation() -> None:
    """A plain string handed to an error of the domain would never reach the catalogue."""
    unmarked = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in sorted((ROOT / "app").rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in {"Conflict", "DomainError", "Message", "NotAllowed", "Refused", "RoundClosed", "SignInPaused"}
        and call.args
        and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
    ]
    assert unmarked == []


def test_every_sentence_of_the_rules_between_fields_is_one_of_the_program(thai):
    rows = [
        line for line in (ROOT / "docs" / "rules.md").read_text("utf-8").splitlines() if line.startswith("| ") and "`" in line
    ]
    told = [sentence for row in rows for sentence in re.findall(r"`([^`]+)`", row.split(" | ")[1])]
    assert len(told) > 30
    known = {text for message in thai for text in (message.id if isinstance(message.id, tuple) else (message.id,))}
    assert [sentence for sentence in told if sentence not in known] == []
    places = {place for row in rows for place in re.findall(r"`([\w/]+\.py)`", row.split(" | ")[2])}
    assert [place for place in places if not (ROOT / "app" / place).is_file()] == []
