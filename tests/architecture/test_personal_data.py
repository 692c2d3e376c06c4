"""Every column that could tell of a person stands in the inventory of personal data, or is said to tell of none."""

from __future__ import annotations

import re
from pathlib import Path

from sqlalchemy import JSON, String

from app.domain.privacy import HOLDINGS, holdings_of
from app.extensions import db

# What a column of people's data is usually called; a link to an account is one whatever it is called.
TELLING = re.compile(
    r"(?:^|_)(?:name|names|email|phone|address|position|agent|recipient|person|password|signatory|contact|content|context|text|value|"
    r"reason|comment|note|said|details|answer|token|subject|by|user|username|file|note)(?:$|_)"
)
# They tell of no person: texts and names of the centre's own reference data, of files that the centre publishes, and of machinery.
OF_NO_PERSON = {
    "ab_group": "name",
    "ab_permission": "name",
    "ab_register_user": "first_name last_name username password email registration_date registration_hash",  # never written
    "ab_role": "name",
    "ab_view_menu": "name",
    "announcement": "title_th title_en body_th body_en",
    "answer": "field_key",
    "area": "name_th short_th name_en",
    "change": "what",
    "contact_channel": "name_th name_en",
    "criterion": "text_th text_en",
    "dataset": "note",
    "document": "original_name",
    "document_version": "original_name",
    "indicator": "text_th text_en",
    "inspection": "name_th name_en",
    "inspection_issue": "text_th text_en policy_th policy_en",
    "known_answer": "question answer",
    "outage": "name",
    "part": "name_th name_en",
    "personnel_type": "name_th name_en",
    "plan_item": "name_th name_en",
    "position": "name_th name_en",
    "project_step": "name_th name_en",
    "publication": "subject",
    "quality_level": "text_th text_en",
    "reminder": "paragraph",
    "round": "name_th name_en",
    "set_import": "file_name content",
    "submission": "answers_version",
    "upload": "incoming_name",
}
OF_NO_PERSON_ANYWHERE = {"sha256", "storage_key", "form_key", "field_key", "scan_said"}


def _tells(column) -> bool:
    to_account = any(key.target_fullname == "ab_user.id" for key in column.foreign_keys)
    holds_words = isinstance(column.type, String | JSON) and bool(TELLING.search(column.name))
    return column.name not in OF_NO_PERSON_ANYWHERE and (to_account or holds_words)


def test_every_column_that_could_tell_of_a_person_is_accounted_for(any_app):
    tables = db.metadata.tables
    missing = [
        f"{table.name}.{column.name}"
        for table in tables.values()
        for column in table.columns
        if _tells(column)
        and not holdings_of(table.name, column.name)
        and column.name not in OF_NO_PERSON.get(table.name, "").split()
    ]
    assert not missing, f"name these in app/domain/privacy.py, or here if they tell of nobody: {' '.join(missing)}"


def test_the_inventory_names_no_column_that_is_gone(any_app):
    tables = db.metadata.tables
    gone = [
        f"{table}.{column}"
        for holding in HOLDINGS
        for table, columns in holding.columns.items()
        for column in columns
        if table not in tables or column not in tables[table].columns
    ]
    assert gone == []


def test_every_holding_has_one_level_of_protection():
    text = (Path(__file__).parents[2] / "docs" / "security.md").read_text("utf-8")
    section = text.partition("\n## Levels of protection\n")[2].partition("\n## ")[0]
    told = [
        key for row in re.findall(r"^\| [1-4] \w+ \| ([^|]+)", section, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)
    ]
    assert sorted(told) == sorted(holding.key for holding in HOLDINGS)


def test_every_holding_says_for_how_long(any_app):
    for holding in HOLDINGS:
        assert holding.keeping or holding.kept, holding.key
