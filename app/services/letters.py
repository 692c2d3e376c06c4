"""The letters of a publication: what each says, frozen and signed, and its PDF, made once by whichever worker comes first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.claims import claim
from app.domain import letter as rules
from app.domain import receipts
from app.domain.dataset import Row
from app.domain.errors import NotFound
from app.domain.letter import Result
from app.domain.publishing import LetterState
from app.domain.reviewing import Verdict
from app.domain.thai import is_blank
from app.extensions import transaction
from app.models import Dataset, Indicator, Letter, Publication
from app.queries import dataset as datasets
from app.queries import publication as publications
from app.services import signing
from app.signing import Signer
from app.storage import EvidenceStore, StoredReader, StoreUnreachable

MOST_ATTEMPTS = 5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Sheet:
    """What the paper is drawn from: the signed content with its number, check code and signature."""

    content: Mapping[str, Any]
    code: str
    key_id: str
    signature: str


Draw = Callable[[Sheet], tuple[bytes, int]]


def results(rows: Iterable[Row], indicators: Iterable[Indicator]) -> list[Result]:
    """An office's rows as lines of a letter, in the order of the indicators. The part stands before a code where there are several."""
    by_indicator = {row.indicator_id: row for row in rows}
    asked = [indicator for indicator in indicators if indicator.id in by_indicator]
    one_part = len({indicator.part_id for indicator in asked}) == 1
    return [
        Result(
            code=indicator.code if one_part else indicator.full_code,
            text=indicator.text_th.removeprefix(indicator.part.common_prefix_th).strip(),
            is_reported=row.is_reported,
            self_level=row.self_level,
            level=row.level,
            comment=row.comment,
            verdicts=tuple(
                (int(number), said.get("verdict", ""), said.get("note", ""))
                for number, said in sorted(row.verdicts.items(), key=lambda item: int(item[0]))
            ),
        )
        for indicator in asked
        for row in (by_indicator[indicator.id],)
    ]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if not is_blank(line)]


def content(letter: Letter, found: list[Result]) -> dict[str, Any]:
    """Everything that a letter says, as plain data: what its signature covers."""
    publication, dataset = letter.publication, letter.publication.dataset
    return {
        "number": letter.letter_number,
        "dated_on": publication.dated_on.isoformat() if publication.dated_on else "",
        "round": {
            "code": publication.round.code,
            "name_th": publication.round.name_th,
            "fiscal_year_be": publication.round.fiscal_year_be,
        },
        "area": {"code": letter.area.code, "name_th": letter.area.name_th},
        "publication": publication.number,
        "dataset": {"number": dataset.number, "as_of": dataset.as_of.isoformat(), "digest": dataset.digest},
        "subject": publication.subject,
        "opening": publication.opening,
        "overall": rules.overall(found),
        "replaces": letter.replaces.letter_number if letter.replaces else "",
        "appeals": rules.appeals_sentence(publication.appeals_from, publication.appeals_until, publication.answer_days),
        "closing": publication.closing,
        "signatory_name": publication.signatory_name,
        "signatory_position": publication.signatory_position,
        "contact": publication.contact,
        "strengths": _lines(letter.strengths),
        "improvements": _lines(letter.improvements),
        "results": [
            {
                "code": one.code,
                "text": one.text,
                "short": one.short,
                "self_level": one.self_level,
                "level": one.level,
                "word": one.word,
                "comment": one.comment.strip(),
                "issues": [[number, rules.VERDICTS_TH[Verdict(verdict)], note] for number, verdict, note in one.faulty_issues],
            }
            for one in found
        ],
    }


def statement(letter: Letter) -> dict[str, Any]:
    """What the signature of a letter covers."""
    return {"letter": letter.letter_number, "content": letter.content}


def _compose(letter: Letter) -> dict[str, Any]:
    dataset: Dataset = letter.publication.dataset
    rows = datasets.rows_of(dataset.id, area_ids=[letter.area_id])
    return content(letter, results(rows, datasets.indicators_of(dataset.round_id)))


def make_one(letter_id: int, draw: Draw, store: EvidenceStore, *, signer: Signer, clock: Callable[[], datetime]) -> bool:
    """Make the PDF of a letter that waits for it. Answers whether it was made.

    The claim ends with the process, so that after a `kill -9` the next worker takes the letter up at once. The PDF
    is drawn outside any transaction; it is kept only if the letter still says the same when it is done."""
    with claim(f"letter-{letter_id}") as is_mine:
        if not is_mine:
            return False
        with transaction():
            letter = publications.letter_with_all(letter_id)
            if letter is None or letter.state != LetterState.WAITING or letter.held:
                return False
            if letter.attempts >= MOST_ATTEMPTS:  # the last attempt ended the process
                letter.state = LetterState.FAILED.value
                return False
            letter.attempts += 1
            is_last = letter.attempts == MOST_ATTEMPTS
            said = _compose(letter)
            sheet = _signed(letter.letter_number, said, signer, now=clock())
        try:
            made, pages = draw(sheet)
        except Exception:
            log.exception("the letter %s could not be drawn", letter_id)
            if is_last:
                _give_up(letter_id)
            return False
        try:
            return _keep(letter_id, sheet, made, pages, store, now=clock())
        except StoreUnreachable as fault:
            log.error("the letter %s waits for the store: %s", letter_id, fault)
            _does_not_count(letter_id)
            return False


def _signed(number: str, said: dict[str, Any], signer: Signer, *, now: datetime) -> Sheet:
    key_id, signature = signing.sign(signer, receipts.signed_text({"letter": number, "content": said}), now=now)
    return Sheet(said, receipts.code_of(signature), key_id, signature)


def _does_not_count(letter_id: int) -> None:
    """Take an attempt back that failed through no fault of the letter's."""
    with transaction():
        letter = publications.letter_with_all(letter_id)
        if letter is not None and letter.attempts:
            letter.attempts -= 1


def _give_up(letter_id: int) -> None:
    with transaction():
        letter = publications.letter_with_all(letter_id)
        if letter is not None and letter.state == LetterState.WAITING:
            letter.state = LetterState.FAILED.value


def _keep(letter_id: int, sheet: Sheet, made: bytes, pages: int, store: EvidenceStore, *, now: datetime) -> bool:
    """Put the bytes into the store and point the letter at them, unless it says something else by now."""
    stored = store.keep_bytes(made)
    with transaction():
        letter = publications.letter_with_all(letter_id)
        is_current = (
            letter is not None and letter.state == LetterState.WAITING and not letter.held and _compose(letter) == sheet.content
        )
        if letter is not None and is_current:
            letter.state, letter.attempts, letter.made_at = LetterState.MADE.value, 0, now
            letter.pages, letter.size_bytes = pages, stored.size
            letter.storage_key, letter.sha256 = stored.key, stored.sha256
            letter.content, letter.code = dict(sheet.content), sheet.code
            letter.key_id, letter.signature = sheet.key_id, sheet.signature
    if not is_current:
        with suppress(StoreUnreachable):  # then the sweeper takes it
            store.delete(stored.key)
    return is_current


def make_again(letter: Letter) -> None:
    """The letter says something else than its PDF: the worker makes a new one. The old bytes are swept later."""
    letter.state, letter.attempts = LetterState.WAITING.value, 0


def open_pdf(letter: Letter, store: EvidenceStore) -> StoredReader:
    """The PDF of a letter. Raises NotFound where there is none, or where the bytes are not those that were made."""
    if not letter.has_pdf:
        raise NotFound
    try:
        if store.sha256_of(letter.storage_key) != letter.sha256:
            log.error("the PDF of letter %s differs from what was made", letter.id)
            raise NotFound
        return store.open(letter.storage_key)
    except FileNotFoundError:
        log.error("the PDF of letter %s is missing in the store", letter.id)
        raise NotFound from None


def file_name(letter: Letter, publication: Publication) -> str:
    """A file name that says nothing of the results: 'emes-2566-6-P-CPM-3.pdf'."""
    return f"emes-{publication.round.code}-{letter.area.code}.pdf"
