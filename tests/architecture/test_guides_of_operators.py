"""The operator's guide in English and in Thai: what one tells, the other tells too."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH, THAI = ROOT / "docs" / "operations.md", ROOT / "docs" / "operations.th.md"
BLOCK = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Section:
    level: int
    title: str
    text: str = ""
    blocks: list[str] = field(default_factory=list)

    @property
    def shape(self) -> tuple[int, dict[str, int]]:
        """Its level, and how many items, steps, rows, paragraphs and blocks of code it has."""
        starts = {"item": r"- ", "step": r"\d+\. ", "row": r"\|"}
        parts = {kind: len(re.findall(rf"^{start}", self.text, re.MULTILINE)) for kind, start in starts.items()}
        paragraphs = [part for part in re.split(r"\n\s*\n", self.text) if re.match(r"\s*(?!- |\d+\. |\|)\S", part)]
        return self.level, parts | {"paragraph": len(paragraphs), "block": len(self.blocks)}

    @property
    def code(self) -> set[str]:
        """What stands in backticks; a place to be filled in may be named in either language."""
        return {unnamed(" ".join(span.split())) for span in re.findall(r"`([^`]+)`", self.title + "\n" + self.text)}


def unnamed(code: str) -> str:
    return re.sub(r"<[^<>]*>", "<…>", code)


def without_comments(block: str) -> list[str]:
    return [unnamed(re.sub(r"(^|\s+)# .*$", "", line)) for line in block.splitlines()]


def sections(guide: Path) -> list[Section]:
    found: list[Section] = []
    text = guide.read_text("utf-8")
    blocks = iter(BLOCK.findall(text))
    for line in BLOCK.sub("```", text).splitlines():
        if heading := re.match(r"(#+) (.*)", line):
            found.append(Section(len(heading[1]), heading[2]))
        elif line == "```":
            found[-1].blocks.append(next(blocks))
        else:
            found[-1].text += line + "\n"
    return found


def anchor(title: str) -> str:
    """As GitHub makes it: Thai vowels and tone marks are marks, which Python's `\\w` leaves out."""
    kept = [c for c in title.lower() if c in " -_" or unicodedata.category(c) in {"Mn", "Mc", "Nd", "Pc"} or c.isalpha()]
    return "".join(kept).replace(" ", "-")


def commands(guide: Path) -> set[str]:
    return set(re.findall(r"flask --app run ([a-z][a-z-]+)", guide.read_text("utf-8")))


def rows(guide: Path) -> list[tuple[str, set[str]]]:
    """The first cell of each row that has something in backticks, and what stands in backticks in the others."""
    lines = [line for line in guide.read_text("utf-8").splitlines() if line.startswith("| `")]
    cells = [line.strip("| ").split(" | ", 1) for line in lines]
    return [(first, {unnamed(code) for code in re.findall(r"`([^`]+)`", others)}) for first, others in cells]


def settings(guide: Path) -> set[str]:
    return set(re.findall(r"EMES_[A-Z0-9_]+", guide.read_text("utf-8")))


def test_both_guides_name_the_same_settings():
    assert len(settings(ENGLISH)) > 30
    assert settings(THAI) == settings(ENGLISH)


def test_both_guides_name_the_same_commands():
    assert {"init", "create-user", "restore", "doctor"} <= commands(ENGLISH)
    assert commands(THAI) == commands(ENGLISH)


def test_the_tables_of_both_guides_explain_the_same_things_in_the_same_order():
    assert len(rows(ENGLISH)) > 50
    assert rows(THAI) == rows(ENGLISH)


def test_both_guides_have_the_same_headings_items_rows_and_blocks_of_code():
    english, thai = sections(ENGLISH), sections(THAI)
    assert len(english) > 20
    assert [(one.title, two.title) for one, two in zip(english, thai, strict=True) if one.shape != two.shape] == []


def test_every_section_in_thai_names_what_the_english_one_has_in_backticks():
    pairs = zip(sections(ENGLISH), sections(THAI), strict=True)
    assert [(two.title, one.code ^ two.code) for one, two in pairs if one.code != two.code] == []


def test_the_blocks_of_code_differ_in_nothing_but_their_comments():
    for one, two in zip(sections(ENGLISH), sections(THAI), strict=True):
        assert [without_comments(block) for block in two.blocks] == [without_comments(block) for block in one.blocks]


def test_nothing_of_the_thai_guide_was_left_in_english():
    text = BLOCK.sub("", THAI.read_text("utf-8")).replace("[English](operations.md)", "")
    parts = re.split(r"\n\s*\n|\n(?=- |\d+\. |\||#)", text)
    assert len(parts) > 150
    assert [part for part in parts if part.strip("|-\n ") and not re.search(r"[ก-๙]", part)] == []


@pytest.mark.parametrize("guide", [ENGLISH, THAI], ids=["English", "Thai"])
def test_every_link_of_a_guide_leads_to_a_file_or_a_heading(guide):
    links = re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", guide.read_text("utf-8"))
    assert len(links) > 4
    lost = []
    for path, fragment in links:
        target = guide.parent / path if path else guide
        if not target.exists() or (fragment and fragment not in {anchor(each.title) for each in sections(target)}):
            lost.append((path, fragment))
    assert lost == []


def test_each_guide_leads_to_the_other_below_its_title_and_is_named_where_its_readers_look():
    assert ENGLISH.read_text("utf-8").splitlines()[2] == f"[ภาษาไทย]({THAI.name})"
    assert THAI.read_text("utf-8").splitlines()[2] == f"[English]({ENGLISH.name})"
    readme = (ROOT / "README.md").read_text("utf-8")
    for guide, language in ((ENGLISH, "en"), (THAI, "th")):
        assert f"](docs/{guide.name})" in readme
        assert f"`docs/{guide.name}`" in (ROOT / "app" / "help" / language / "admin.md").read_text("utf-8")
