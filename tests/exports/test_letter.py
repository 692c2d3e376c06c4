"""The letter on paper: all that it says can be copied out of the PDF as it stands in the source."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import lxml.html
import pypdfium2
import pytest
from flask import current_app
from flask_babel import force_locale

from app import scope
from app.domain import letter as rules
from app.exports import letter as export
from app.queries import publication as publications
from app.services.letters import MOST_ATTEMPTS, Sheet
from app.storage import evidence_store
from app.worker import make_letters
from tests import letters
from tests.letters import CENTRE, OFFICES
from tests.person import png

on_both_stores = True


@pytest.fixture
def made(app):
    """A letter with everything in it, made by the worker."""
    with app.app_context(), scope.acting_as(CENTRE):
        letters.reviewed_round(*OFFICES)
        publication_id = letters.drafted()
        while make_letters():
            pass
        yield publications.letter_of(publication_id, "P-CPM-3")


def squeezed(text: str) -> str:
    """Without what the lines of a page add: spaces, breaks, soft hyphens."""
    return re.sub(r"[\s\u00ad\ufffe\u200b]+", "", unicodedata.normalize("NFKC", text))


def text_of(path: Path) -> tuple[str, int]:
    document = pypdfium2.PdfDocument(path)
    return "".join(page.get_textpage().get_text_range() for page in document), len(document)


def stored_text(key: str) -> tuple[str, int]:
    with evidence_store().local(key) as path:
        return text_of(path)


def page_of(sheet: Sheet) -> lxml.html.HtmlElement:
    """The page that the PDF is drawn from, as the worker writes it."""
    with current_app.test_request_context(), force_locale("th"):
        return lxml.html.fromstring(export.page(sheet))


def sheet_of(letter) -> Sheet:
    return Sheet(letter.content, letter.code, letter.key_id, letter.signature)


def test_every_word_of_the_letter_is_copied_out_as_it_was_written(made):
    text, pages = stored_text(made.storage_key)
    assert pages == made.pages >= 2
    copied, said = squeezed(text), made.content
    wanted = [
        said["subject"],
        said["opening"],
        said["overall"],
        said["appeals"],
        said["closing"],
        said["area"]["name_th"],
        said["signatory_name"],
        said["signatory_position"],
        said["number"],
        *said["strengths"],
        *said["improvements"],
        *(line["word"] for line in said["results"]),
        *(line["comment"] for line in said["results"]),
        *(note for line in said["results"] for _, _, note in line["issues"]),
        *(line["text"] for line in said["results"]),
    ]
    lost = [text for text in wanted if text and squeezed(rules.official(text)) not in copied]
    assert lost == []
    assert made.code in text
    assert "๒๐พฤศจิกายน๒๕๖๙" in copied


def test_nothing_in_the_source_is_missing_in_the_copy(made):
    """Paragraph by paragraph of the page that the PDF is drawn from, whatever the template says."""
    source = page_of(sheet_of(made))
    copied = squeezed(stored_text(made.storage_key)[0])
    pieces = [squeezed(text) for text in source.xpath("//body//text()") if squeezed(text)]
    assert len(pieces) > 50
    assert [piece for piece in pieces if piece not in copied] == []


def test_digits_of_the_letter_are_thai_but_in_codes(made):
    page = page_of(sheet_of(made))
    for seal in page.xpath("//*[@class='seal'] | //*[@class='check']"):
        seal.drop_tree()
    assert re.findall(r"(?<![A-Za-z\-])[0-9]+(?![A-Za-z])", page.xpath("string(//body)")) == []


def test_a_letter_that_replaces_another_says_so_and_few_indicators_stand_in_the_letter_itself(made):
    said = made.content | {"replaces": "ศธ 04003/77", "results": made.content["results"][:3]}
    page = page_of(Sheet(said, made.code, made.key_id, made.signature))
    assert "ใช้แทนหนังสือที่ ศธ ๐๔๐๐๓/๗๗ ซึ่งเป็นอันยกเลิก" in page.text_content()
    assert len(page.xpath("//table")) == 2
    assert len(page_of(sheet_of(made)).xpath("//table")) == 1


def test_the_emblem_is_the_bureaus_file_or_an_empty_place(app, made, tmp_path):
    def pictures() -> list[str]:
        return [str(found) for found in page_of(sheet_of(made)).xpath("//*[@class='emblem']//img/@src")]

    assert pictures() == []
    (tmp_path / "emblem.png").write_bytes(png())
    app.config["EMES_LETTER_EMBLEM"] = tmp_path / "emblem.png"
    try:
        assert pictures()[0].startswith("data:image/png;base64,")
    finally:
        app.config["EMES_LETTER_EMBLEM"] = None


def test_the_worker_makes_all_and_tries_each_anew_from_none(made):
    found = [one.attempts for one in publications.letters_of(made.publication_id)]
    assert found == [0, 0, 0]
    assert MOST_ATTEMPTS > 1
    assert publications.waiting(10) == []
