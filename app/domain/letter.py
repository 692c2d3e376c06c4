"""The letter that tells an office its results: official Thai, what it praises and advises, its numbers, and what is wrong with it.

A letter is Thai whoever looks at it: its words stand here and in its template, not in the catalogues."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Protocol

from app.domain import figures
from app.domain.calendar import BUDDHIST_ERA_OFFSET, MONTHS_TH
from app.domain.errors import N_
from app.domain.reviewing import Verdict
from app.domain.rubric import LEVELS
from app.domain.thai import ascii_digits, is_blank, thai_digits

LEVELS_TH = {5: "ดีเยี่ยม", 4: "ดีมาก", 3: "ดี", 2: "พอใช้", 1: "ปรับปรุง"}
VERDICTS_TH = {Verdict.PARTIAL: "พบบางส่วน", Verdict.NOT_FOUND: "ไม่พบ"}
AGENCY = "สำนักติดตามและประเมินผลการจัดการศึกษาขั้นพื้นฐาน"
COMMISSION = "สำนักงานคณะกรรมการการศึกษาขั้นพื้นฐาน"
POSITION = "ผู้อำนวยการสำนักติดตามและประเมินผลการจัดการศึกษาขั้นพื้นฐาน"
CONTACT = f"{AGENCY}\nโทร. 0 2288 5867"
KEEP_ON = "ขอให้รักษามาตรฐานการดำเนินงานและพัฒนาอย่างต่อเนื่อง"
# So many indicators stand in the letter itself; more go into what is enclosed.
MOST_IN_BODY = 5
MOST_STRENGTHS, MOST_IMPROVEMENTS = 3, 5
MOST_ISSUES, MOST_NOTE = 2, 120
MOST_SHORT_TEXT, MOST_TEXT = 70, 2000
MOST_PAGES = 6
PRAISED = 4
_TOKEN = re.compile(r"\S+")
_LEADING_VOWELS = "เแโใไ"
_LATIN = re.compile(r"[A-Za-z]")


def official(text: str) -> str:
    """Text with Thai digits, as official letters have them. What is written with Latin letters keeps its digits: QP-1, ISO 9001 as
    '๙๐๐๑' beside 'ISO', an address or a check code as it is. The sign of repetition never begins a line."""
    shown = _TOKEN.sub(lambda found: found[0] if _LATIN.search(found[0]) else thai_digits(found[0]), text)
    return shown.replace(" ๆ", "\u00a0ๆ")


def official_day(day: date) -> str:
    """'๒ มิถุนายน ๒๕๖๖'"""
    return thai_digits(f"{day.day} {MONTHS_TH[day.month - 1]} {day.year + BUDDHIST_ERA_OFFSET}")


def official_figure(value: Decimal | int | None) -> str:
    """'๔.๒๕'; a dash for nothing."""
    return "–" if value is None else thai_digits(str(value))


def _cut(text: str, most: int) -> str:
    """Text on one line, cut at a space where it is long; without one, never between a letter and the signs on it."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    while unicodedata.category(line[most]) == "Mn":
        most -= 1
    cut = line[:most]
    return f"{cut[: cut.rfind(' ')] if ' ' in cut[20:] else cut.rstrip(_LEADING_VOWELS)}…"


@dataclass(frozen=True)
class Result:
    """One line of a letter: an indicator and what came of the office's report on it."""

    code: str
    text: str
    is_reported: bool
    self_level: int | None
    level: int | None
    comment: str = ""
    verdicts: tuple[tuple[int, str, str], ...] = ()  # issue, verdict, note

    @property
    def short(self) -> str:
        """Its wording, cut at a space where it is long."""
        return _cut(self.text, MOST_SHORT_TEXT)

    @property
    def word(self) -> str:
        """The level in a word, or why there is none."""
        if self.level is not None:
            return LEVELS_TH[self.level]
        return "ไม่มีผลการประเมิน" if self.is_reported else "ไม่ได้รายงาน"

    @property
    def faulty_issues(self) -> list[tuple[int, str, str]]:
        """Issues that were found in part or not at all."""
        return [(number, verdict, note) for number, verdict, note in self.verdicts if verdict in VERDICTS_TH]


def _named(result: Result) -> str:
    assert result.level is not None  # noqa: S101 - callers name what has a level
    return f"ตัวชี้วัด {result.code} {result.short} ระดับ {result.level} ({LEVELS_TH[result.level]})"


def strengths(results: Sequence[Result]) -> str:
    """What the office does well: indicators at 5 and 4 with what was said of them, the best first; where nothing was said, their names.

    Empty where no indicator came so far: then somebody writes it by hand."""
    good = sorted((one for one in results if (one.level or 0) >= PRAISED), key=lambda one: -(one.level or 0))
    said = [one for one in good if not is_blank(one.comment)]
    return "\n".join(f"{_named(one)} {_cut(one.comment, MOST_NOTE)}".rstrip() for one in (said or good)[:MOST_STRENGTHS])


def _issues(result: Result) -> str:
    """What lacks in the first issues, and how many more lack something."""
    faulty = result.faulty_issues
    said = [
        f"ประเด็นที่ {number} {VERDICTS_TH[Verdict(verdict)]}{'' if is_blank(note) else f' – {_cut(note, MOST_NOTE)}'}"
        for number, verdict, note in faulty[:MOST_ISSUES]
    ]
    rest = [f"และอีก {len(faulty) - MOST_ISSUES} ประเด็น"] if len(faulty) > MOST_ISSUES else []
    return "; ".join([*said, *rest])


def improvements(results: Sequence[Result]) -> str:
    """What the office should mend: indicators below 4, the lowest first, and issues that were found in part or not at all with what was
    noted there, in short: what is enclosed says all of it. Where there is none of either, the office is asked to keep on."""
    low = [one for one in results if one.level is not None and (one.level < PRAISED or one.faulty_issues)]
    lines = []
    for one in sorted(low, key=lambda one: (one.level or 0, -len(one.faulty_issues)))[:MOST_IMPROVEMENTS]:
        said = _issues(one) or (_cut(one.comment, MOST_NOTE) if (one.level or 0) < PRAISED else "")
        lines.append(f"{_named(one)} {said}".rstrip())
    if not lines and any(one.level is not None for one in results):
        return KEEP_ON
    return "\n".join(lines)


def overall(results: Iterable[Result]) -> str:
    """The second paragraph: the office's mean with its level in a word, and how many indicators came to which level."""
    levels = [one.level for one in results if one.level is not None]
    average = figures.mean(sum(levels), len(levels))
    if average is None:
        return ""
    nearest = int(average.quantize(Decimal(1), ROUND_HALF_UP))
    counted = Counter(levels)
    parts = [f"ระดับ{LEVELS_TH[level]} {counted[level]} ตัวชี้วัด" for level in LEVELS if counted[level]]
    return (
        f"มีผลการประเมินเฉลี่ยในภาพรวม {average} อยู่ในระดับ {nearest} ({LEVELS_TH[nearest]}) "
        f"จากตัวชี้วัดที่มีผลการประเมิน {len(levels)} ตัวชี้วัด ประกอบด้วย {' '.join(parts)}"
    )


@dataclass(frozen=True)
class About:
    """What a letter is about, in the words of the round."""

    round_name: str
    fiscal_year_be: int
    part_names: Sequence[str]
    opened_on: date
    closed_on: date


def _parts(about: About) -> str:
    return f" ตาม{' และ'.join(about.part_names)}" if about.part_names else ""


def usual_subject(about: About) -> str:
    return (
        f"แจ้งผลการติดตามและประเมินผลการบริหารและการจัดการศึกษาขั้นพื้นฐานของสำนักงานเขตพื้นที่การศึกษา{_parts(about)} "
        f"ประจำปีงบประมาณ พ.ศ. {about.fiscal_year_be} {about.round_name}"
    )


def _day(day: date, *, year: bool = True) -> str:
    return f"{day.day} {MONTHS_TH[day.month - 1]}" + (f" {day.year + BUDDHIST_ERA_OFFSET}" if year else "")


def usual_opening(about: About) -> str:
    same_year = about.opened_on.year == about.closed_on.year
    return (
        f"ตามที่{COMMISSION}ได้กำหนดให้สำนักงานเขตพื้นที่การศึกษารายงานผลการดำเนินงานตามแบบติดตาม ประเมินผล "
        f"การบริหารและการจัดการศึกษาขั้นพื้นฐาน{_parts(about)} ผ่านระบบอิเล็กทรอนิกส์ e-MES {about.round_name} "
        f"ตั้งแต่วันที่ {_day(about.opened_on, year=not same_year)} ถึงวันที่ {_day(about.closed_on)} ความละเอียดแจ้งแล้ว นั้น"
    )


def usual_closing() -> str:
    return "จึงเรียนมาเพื่อโปรดทราบ และใช้ผลการประเมินเป็นแนวทางในการพัฒนาการดำเนินงานในรอบต่อไป"


def appeals_sentence(first: date | None, last: date | None, answer_days: int) -> str:
    """Until when the office may ask or appeal; nothing where no time was set."""
    if first is None or last is None:
        return ""
    return (
        "ทั้งนี้ หากประสงค์จะขอคำชี้แจงหรืออุทธรณ์ผลการประเมิน ให้ดำเนินการผ่านระบบอิเล็กทรอนิกส์ e-MES "
        f"ระหว่างวันที่ {_day(first)} ถึงวันที่ {_day(last)} โดยจะแจ้งผลการพิจารณาภายใน {answer_days} วันทำการ"
    )


def replaces_sentence(number: str) -> str:
    """What a letter says that takes the place of an earlier one."""
    return f"หนังสือฉบับนี้ใช้แทนหนังสือที่ {number} ซึ่งเป็นอันยกเลิก"


def fingerprint(*values: object) -> str:
    """What a page showed, in short: whether somebody else wrote meanwhile is seen from it."""
    return hashlib.sha256(repr(values).encode()).hexdigest()[:16]


# --- numbers ---------------------------------------------------------------------------------------------------------------------


def letter_number(prefix: str, number: int) -> str:
    """'ศธ 04003/1197'"""
    return f"{prefix}{number}"


def plain_number(typed: str) -> str:
    """A letter's number as people type it, to be compared: Thai digits, spaces, the slash and the word 'ที่' do not matter."""
    return re.sub(r"[\s/]|^ที่", "", ascii_digits(typed)).removeprefix("ที่").upper()


# --- faults ----------------------------------------------------------------------------------------------------------------------


class Fault(StrEnum):
    """What is wrong with a letter. None of these goes out."""

    NO_NUMBER = "no_number"
    NUMBER_TAKEN = "number_taken"
    NO_DATE = "no_date"
    NO_SUBJECT = "no_subject"
    NO_SIGNATORY = "no_signatory"
    NO_STRENGTHS = "no_strengths"
    NO_IMPROVEMENTS = "no_improvements"
    NO_RESULT = "no_result"
    TOO_LONG = "too_long"
    FAILED = "failed"


FAULT_NAMES = {
    Fault.NO_NUMBER: N_("No number"),
    Fault.NUMBER_TAKEN: N_("The number was given to another letter"),
    Fault.NO_DATE: N_("No date"),
    Fault.NO_SUBJECT: N_("No subject or no text"),
    Fault.NO_SIGNATORY: N_("No signatory"),
    Fault.NO_STRENGTHS: N_("Nothing under strengths"),
    Fault.NO_IMPROVEMENTS: N_("Nothing under what to improve"),
    Fault.NO_RESULT: N_("The office has no result at all"),
    Fault.TOO_LONG: N_("Longer than %(count)d pages"),
    Fault.FAILED: N_("The PDF could not be made"),
}


class Settings(Protocol):
    """What all letters of a publication say alike."""

    dated_on: date | None
    subject: str
    opening: str
    closing: str
    signatory_name: str
    signatory_position: str


@dataclass(frozen=True)
class Standing:
    """What the faults of a letter are found from."""

    settings: Settings
    letter_number: str
    strengths: str
    improvements: str
    results: int
    pages: int | None
    has_failed: bool
    is_taken: bool


def faults(found: Standing) -> list[Fault]:
    """Everything that is wrong with a letter, in the order of the paper."""
    settings = found.settings
    wrong = {
        Fault.NO_NUMBER: is_blank(found.letter_number),
        Fault.NUMBER_TAKEN: found.is_taken,
        Fault.NO_DATE: settings.dated_on is None,
        Fault.NO_SUBJECT: is_blank(settings.subject) or is_blank(settings.opening) or is_blank(settings.closing),
        Fault.NO_SIGNATORY: is_blank(settings.signatory_name) or is_blank(settings.signatory_position),
        Fault.NO_STRENGTHS: is_blank(found.strengths),
        Fault.NO_IMPROVEMENTS: is_blank(found.improvements),
        Fault.NO_RESULT: found.results == 0,
        Fault.TOO_LONG: (found.pages or 0) > MOST_PAGES,
        Fault.FAILED: found.has_failed,
    }
    return [fault for fault, stands in wrong.items() if stands]
