"""The guides: true words, true pictures, the same parts in both languages, and a way to them from the pages that they explain."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from lxml import html
from markdown_it import MarkdownIt

from app.domain.access import Duty
from app.guides import FOLDER, GUIDES, PICTURES, guide
from app.views.help import EXPLAINED
from tests.person import Person

ROOT = Path(__file__).parents[2]
LANGUAGES = ("th", "en")
BOLD = re.compile(r"\*\*(.+?)\*\*")
# What is said in bold and stands on no page of ours.
NOT_OURS: set[str] = set()


def source(language: str, key: str) -> str:
    return (FOLDER / language / f"{key}.md").read_text("utf-8")


def page(language: str, key: str) -> html.HtmlElement:
    found = guide(key, language)
    assert found is not None
    return html.fromstring(f"<div>{found.body}</div>")


def said(language: str) -> set[str]:
    """Everything that the catalogue says in a language."""
    catalogue = read_po((ROOT / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb"))
    return {
        text for message in catalogue for text in (message.string if isinstance(message.string, tuple) else (message.string,))
    }


def pictures(language: str, key: str) -> list[tuple[str, str]]:
    """File and description of the pictures of a guide, in their order."""
    tokens = MarkdownIt("commonmark", {"html": False}).parse(source(language, key))
    found = [child for token in tokens for child in token.children or () if child.type == "image"]
    return [(str(image.attrs["src"]), image.content) for image in found]


def taken_by_the_script() -> set[str]:
    """The names of the pictures that `scripts/help-pictures` takes."""
    tree = ast.parse((ROOT / "scripts" / "help-pictures").read_text("utf-8"))
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Picture"]
    return {ast.literal_eval(call.args[0]) for call in calls}


def test_every_guide_that_is_written_is_offered():
    for language in LANGUAGES:
        assert {path.stem for path in (FOLDER / language).glob("*.md")} == set(GUIDES)
    assert {key for key in GUIDES if key not in ("start", "accessibility")} <= {duty.value for duty in Duty}


@pytest.mark.parametrize("key", GUIDES)
def test_a_guide_has_the_same_parts_and_pictures_in_both_languages(key: str):
    thai, english = (page(language, key) for language in LANGUAGES)
    assert thai.xpath("//h2/@id | //h3/@id") == english.xpath("//h2/@id | //h3/@id")
    assert all(re.fullmatch("[a-z0-9-]+", anchor) for anchor in thai.xpath("//h2/@id | //h3/@id"))
    assert [name for name, _ in pictures("th", key)] == [name for name, _ in pictures("en", key)]
    for language, words in (("th", thai), ("en", english)):
        assert "{" not in words.text_content(), language


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_guide_says_in_bold_stands_on_a_page(language: str):
    """A button that is called otherwise by now is named otherwise by the guide."""
    known = said(language) | NOT_OURS
    wrong = [(key, words) for key in GUIDES for words in BOLD.findall(source(language, key)) if words not in known]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_picture_is_named_by_a_guide_described_and_taken_by_the_script(language: str):
    named = [one for key in GUIDES for one in pictures(language, key)]
    assert all(len(description) > 10 for _, description in named)
    files = {path.name: path.stat().st_size for path in (PICTURES / language).iterdir()}
    assert files.keys() == {name for name, _ in named} == {f"{name}.webp" for name in taken_by_the_script()}
    assert {name: size for name, size in files.items() if size > 60 * 1024} == {}
    assert len(files) <= 55


def test_a_page_is_explained_by_a_part_that_exists(app: Flask):
    anchors = {key: {part.anchor for part in found.parts} for key in GUIDES if (found := guide(key, "th"))}
    endpoints = {rule.endpoint for rule in app.url_map.iter_rules()}
    for place, target in EXPLAINED.items():
        key, _, part = target.partition("#")
        assert part in anchors.get(key, ()), target
        assert any(name == place or name.startswith(f"{place}.") for name in endpoints), place


def test_every_link_of_a_guide_leads_to_a_page_and_a_part(app: Flask):
    stranger = Person(app)
    for language in LANGUAGES:
        links = {link for key in GUIDES for link in page(language, key).xpath("//a/@href") if link.startswith(("/", "#"))}
        for link in links:
            path, _, part = link.partition("#")
            answer = stranger.get(path)
            assert answer.status_code == 200, link
            assert not part or html.fromstring(answer.get_data(as_text=True)).xpath("//*[@id=$part]", part=part), link


def test_a_guide_is_read_without_an_account_and_one_that_there_is_not_is_not_found(app: Flask):
    stranger = Person(app)
    listed = stranger.page("/help/")
    assert {f"/help/{key}" for key in GUIDES} <= set(listed.xpath("//main//h2/a/@href"))
    found = stranger.page("/help/reporter")
    assert found.xpath("//article//h2[@id='evidence']")
    assert found.xpath("//article//img[@width and @height and @alt]")
    assert stranger.get("/help/nobody").status_code == 404
    assert stranger.get("/help/..%2Fstart").status_code == 404


def test_ones_own_guide_stands_first(app: Flask):
    listed = Person(app).signed_in("director.p-cpm-3@emes.test").page("/help/")
    assert listed.xpath("(//main//h2/a/@href)[1]") == ["/help/director"]


def test_the_foot_of_a_page_leads_to_the_part_that_explains_it(app: Flask):
    reporter = Person(app).signed_in("reporter.p-cpm-3@emes.test")
    foot = "//footer//a[contains(@href, '#')]/@href"
    assert reporter.page("/reports/2566-6/P-CPM-3/QP-1").xpath(foot) == ["/help/reporter#evidence"]
    assert Person(app).page("/register/").xpath(foot) == ["/help/start#register"]
    assert reporter.page("/privacy/").xpath(foot) == []
