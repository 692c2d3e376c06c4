"""What the sheets of a known round must say, reckoned by hand from its facts: plain loops and fractions, nothing of the application's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.exports import known_round
from tests.exports.known_round import HandedIn, Report, Settled

BANGKOK = timezone(timedelta(hours=7))
MONTHS = ("ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.")
REGIONS = {"north": "ภาคเหนือ", "northeast": "ภาคตะวันออกเฉียงเหนือ", "central_east": "ภาคกลางและภาคตะวันออก", "south": "ภาคใต้"}
KINDS = {"primary": "ประถมศึกษา", "secondary": "มัธยมศึกษา"}
TIMINGS = {"on_time": "ทันกำหนด", "late": "ส่งหลังกำหนด", "grace": "ส่งในเวลาผ่อนผัน", "closing": "ระบบนับเป็นส่งเมื่อปิดระบบ"}
BASES = {
    "single": "ผู้ประเมินคนเดียว",
    "agreed": "ผู้ประเมินเห็นตรงกัน",
    "mean": "ค่าเฉลี่ยของผู้ประเมิน",
    "moderated": "ผู้กลั่นกรองวินิจฉัย",
    "appeal": "แก้ไขตามคำอุทธรณ์",
}
SLOTS = {f"criterion.{number}": f"ประเด็นที่ {number}" for number in range(1, 10)}
SLOTS |= {"pa.lesson": "บทเรียนประเด็นท้าทาย (PA)", "pa.evidence": "หลักฐานประเด็นท้าทาย (PA)"}
YES_NO = {"true": "ใช่", "false": "ไม่ใช่", None: None}
LEVEL_NAMES = {5: "5 ดีเยี่ยม", 4: "4 ดีมาก", 3: "3 ดี", 2: "2 พอใช้", 1: "1 ปรับปรุง"}

Row = tuple[Any, ...]


def hundredths(exact: Fraction) -> Decimal:
    """Two decimals; a half goes away from zero."""
    whole, left = divmod(abs(exact) * 100, 1)
    rounded = int(whole) + (1 if left >= Fraction(1, 2) else 0)
    return Decimal(rounded if exact >= 0 else -rounded) / 100


def percent(part: int | Fraction, whole: int | Fraction) -> Decimal | None:
    return hundredths(Fraction(part) * 100 / whole) if whole else None


def mean(numbers: Sequence[int | Fraction]) -> Decimal | None:
    return hundredths(Fraction(sum(numbers)) / len(numbers)) if numbers else None


def on_the_wall(moment: datetime) -> datetime:
    """A moment as a clock in Bangkok shows it."""
    return moment.astimezone(BANGKOK).replace(tzinfo=None)


def day(moment: datetime) -> str:
    local = moment.astimezone(BANGKOK)
    return f"{local.day} {MONTHS[local.month - 1]} {local.year + 543}"


@dataclass(frozen=True)
class Stood:
    """How a report stood at a moment."""

    report: Report
    sent: HandedIn | None
    sequence: int
    settled: Settled | None

    @property
    def self_level(self) -> int | None:
        return self.sent.self_level if self.sent else None

    @property
    def level(self) -> int | None:
        return self.settled.level if self.settled else None

    @property
    def gap(self) -> int | None:
        return None if self.self_level is None or self.level is None else self.level - self.self_level

    @property
    def receipt(self) -> str:
        return self.report.receipt(self.sequence)

    def figure(self, key: str) -> Fraction | None:
        text = self.sent.quantities.get(key) if self.sent else None
        return None if text is None else Fraction(text)


def stood(report: Report, moment: datetime) -> Stood:
    """The last hand-in up to then, unless it lapsed and no level stands for it."""
    settled = next((one for one in report.settled if one.at <= moment and (one.until is None or one.until > moment)), None)
    sent = [one for one in report.hand_ins if one.at <= moment]
    has_lapsed = report.lapsed_at is not None and report.lapsed_at <= moment and bool(sent) and sent[-1].at < report.lapsed_at
    counts = bool(sent) and (settled is not None or not has_lapsed)
    return Stood(report, sent[-1] if counts else None, len(sent), settled)


class Reckoned:
    """A round as it stood at a moment, of some offices and indicators."""

    def __init__(self, reports: Iterable[Report], moment: datetime, keep: Callable[[Report], bool] = lambda _: True) -> None:
        self.offices, self.indicators = known_round.offices(), known_round.asked()
        place = {code: number for number, code in enumerate([*self.offices, *self.indicators])}
        kept = sorted((one for one in reports if keep(one)), key=lambda one: (place[one.office], place[one.indicator]))
        self.stood = [stood(one, moment) for one in kept]

    # --- groups ---

    def groups(self, name: Callable[[Stood], str]) -> list[Row]:
        """A row for each name, in the order in which they come up."""
        found: dict[str, list[Stood]] = {}
        for one in self.stood:
            found.setdefault(name(one), []).append(one)
        return [(key, *group_cells(rows)) for key, rows in found.items()]

    def by_indicator(self) -> list[Row]:
        found = {row[0]: row[1:] for row in self.groups(lambda one: one.report.indicator)}
        return [(code, known["text_th"], *found[code]) for code, known in self.indicators.items() if code in found]

    def by_region(self) -> list[Row]:
        return in_order(self.groups(lambda one: REGIONS[self._of(one)["region"]]), list(REGIONS.values()))

    def by_province(self) -> list[Row]:
        return self.groups(lambda one: self._of(one)["provinces_th"].split("|")[0])

    def by_kind(self) -> list[Row]:
        return in_order(self.groups(lambda one: KINDS[self._of(one)["kind"]]), list(KINDS.values()))

    def by_cluster(self) -> list[Row]:
        rows = self.groups(lambda one: self._of(one)["inspection_cluster"])
        numbered = sorted(rows, key=lambda row: int(row[0] or 0))
        return [(row[0] or "ไม่มีเขตตรวจราชการ", *row[1:]) for row in numbered]

    def _of(self, one: Stood) -> dict[str, str]:
        return self.offices[one.report.office]

    # --- overview ---

    def totals(self) -> list[Any]:
        """The twelve figures that are read first."""
        cells = group_cells(self.stood)
        offices, complete, asked, sent, sent_percent, on_time, on_time_percent, late, closing = cells[:9]
        means = cells[10], cells[12], cells[13]
        return [offices, complete, asked, sent, sent_percent, on_time, on_time_percent, late, closing, *means]

    def spread(self) -> list[Row]:
        cells = group_cells(self.stood)
        own, reviewed = cells[-10:-5], cells[-5:]
        return [(LEVEL_NAMES[level], own[5 - level], reviewed[5 - level]) for level in (5, 4, 3, 2, 1)]

    def days(self) -> list[Row]:
        moments = sorted(one.sent.at for one in self.stood if one.sent)
        found, current = [], moments[0].astimezone(BANGKOK).date()
        while current <= moments[-1].astimezone(BANGKOK).date():
            number = sum(at.astimezone(BANGKOK).date() <= current for at in moments)
            noon = datetime(current.year, current.month, current.day, 12, tzinfo=BANGKOK)
            found.append((day(noon), number, percent(number, len(self.stood))))
            current += timedelta(days=1)
        return found

    # --- a row for each office ---

    def of_offices(self) -> Iterator[tuple[Row, dict[str, Stood]]]:
        for code in self.offices:
            if rows := {one.report.indicator: one for one in self.stood if one.report.office == code}:
                yield self.named(code), rows

    def named(self, code: str) -> Row:
        office = self.offices[code]
        cluster = int(office["inspection_cluster"]) if office["inspection_cluster"] else None
        return (code, office["short_th"], KINDS[office["kind"]], REGIONS[office["region"]], office["provinces_th"], cluster)

    def matrix(self, value: Callable[[Stood], int | None]) -> list[Row]:
        shown = [code for code in self.indicators if any(one.report.indicator == code for one in self.stood)]
        return [(*named, *(value(rows[code]) if code in rows else "–" for code in shown)) for named, rows in self.of_offices()]

    def timeliness(self) -> list[Row]:
        found = []
        for named, rows in self.of_offices():
            sent = [one.sent for one in rows.values() if one.sent]
            on_time = sum(one.timing == "on_time" for one in sent)
            late = sum(one.timing in ("late", "grace") for one in sent)
            closing = sum(one.timing == "closing" for one in sent)
            moments = sorted(on_the_wall(one.at) for one in sent)
            shares = percent(len(sent), len(rows)), percent(on_time, len(rows))
            ends = (moments[0], moments[-1]) if moments else (None, None)
            complete = "ใช่" if len(sent) == len(rows) else "ไม่ใช่"
            found.append((*named, len(rows), len(sent), on_time, late, closing, *shares, complete, *ends))
        return found

    # --- quantities ---

    def boxes(self) -> list[tuple[str, dict[str, Any]]]:
        """The figures that are asked for, each with the code of its indicator."""
        shown = {one.report.indicator for one in self.stood}
        return [(code, box) for code, row in self.indicators.items() if code in shown for box in row.get("quantities", [])]

    def sums(self) -> list[Row]:
        found = []
        for code, box in self.boxes():
            here = [one for one in self.stood if one.report.indicator == code and one.figure(box["key"]) is not None]
            groups = {"ทั้งประเทศ": here} | {
                name: [one for one in here if self._of(one)["region"] == key] for key, name in REGIONS.items()
            }
            for name, rows in groups.items():
                if rows:
                    found.append((code, box["label_th"], box["unit_th"], name, *sum_cells(rows, box)))
        return found

    def wide(self) -> list[Row]:
        shown = [
            (code, box["key"])
            for code, box in self.boxes()
            if any(one.report.indicator == code and one.figure(box["key"]) is not None for one in self.stood)
        ]
        found = []
        for named, rows in self.of_offices():
            values = tuple(exact(rows[code].figure(key)) if code in rows else None for code, key in shown)
            if any(value is not None for value in values):
                found.append((*named, *values))
        return found

    # --- a row for each report, figure, file ---

    def _reports(self) -> Iterator[tuple[Row, Stood]]:
        for one in self.stood:
            code = one.report.indicator
            yield (*self.named(one.report.office), code, self.indicators[code]["text_th"]), one

    def all_reports(self) -> list[Row]:
        return [(*named, *report_cells(one)) for named, one in self._reports()]

    def quantities(self) -> list[Row]:
        found = []
        for named, one in self._reports():
            for code, box in self.boxes():
                value = one.figure(box["key"]) if code == one.report.indicator else None
                if value is not None:
                    found.append((*named, box["key"], box["label_th"], exact(value), box["unit_th"], one.receipt))
        return found

    def problems(self) -> list[Row]:
        return [(*named, one.sent.problems, one.receipt) for named, one in self._reports() if one.sent and one.sent.problems]

    def files(self, only: str = "") -> list[Row]:
        found = []
        for named, one in self._reports():
            for file in sorted(one.sent.files if one.sent else (), key=lambda file: file.slot):
                if file.slot.startswith(only):
                    link = f"http://localhost/evidence/{file.id_in(one.receipt)}"
                    found.append((*named, SLOTS[file.slot], file.name, file.size, file.sha256, link, one.receipt))
        return found


def in_order(rows: list[Row], names: list[str]) -> list[Row]:
    return sorted(rows, key=lambda row: names.index(row[0]))


def exact(value: Fraction | None) -> Decimal | None:
    return None if value is None else Decimal(value.numerator) / Decimal(value.denominator)


def group_cells(rows: Sequence[Stood]) -> Row:
    """The figures of a group of reports, in the order of the sheets."""
    sent = [one.sent for one in rows if one.sent]
    offices = {one.report.office for one in rows}
    complete = [code for code in offices if all(one.sent for one in rows if one.report.office == code)]
    on_time = sum(one.timing == "on_time" for one in sent)
    late = sum(one.timing in ("late", "grace") for one in sent)
    closing = sum(one.timing == "closing" for one in sent)
    own = [one.self_level for one in rows if one.self_level is not None]
    reviewed = [one.level for one in rows if one.level is not None]
    gaps = [one.gap for one in rows if one.gap is not None]
    shares = percent(len(sent), len(rows)), percent(on_time, len(rows))
    return (
        *(len(offices), len(complete), len(rows), len(sent), shares[0], on_time, shares[1], late, closing),
        *(len(own), mean(own), len(reviewed), mean(reviewed), mean(gaps)),
        *(own.count(level) for level in (5, 4, 3, 2, 1)),
        *(reviewed.count(level) for level in (5, 4, 3, 2, 1)),
    )


def sum_cells(rows: Sequence[Stood], box: dict[str, Any]) -> Row:
    """A figure over some offices; the percent is of the offices that gave both it and what it is a part of."""
    values = [value for one in rows if (value := one.figure(box["key"])) is not None]
    total = None if box.get("kind") == "percent" else exact(sum(values, Fraction(0)))
    part = whole = Fraction(0)
    for one in rows:
        above = one.figure(box["not_above"]) if box.get("not_above") else None
        if above is not None:
            part, whole = part + (one.figure(box["key"]) or 0), whole + above
    return (len(values), total, mean(values), exact(min(values)), exact(max(values)), percent(part, whole))


def report_cells(one: Stood) -> Row:
    """What stands of a report beside the names of office and indicator."""
    sent = one.sent
    if sent is None:
        handed_in: Row = ("QP", "ยังไม่ส่ง", None, None, None, None, None, None, None)
    else:
        handed_in = ("QP", "ส่งแล้ว", TIMINGS[sent.timing], on_the_wall(sent.at), one.receipt, one.sequence, len(sent.files))
        handed_in += (YES_NO[sent.challenge], sent.problems or None)
    basis = BASES[one.settled.basis] if one.settled else None
    comment = (one.settled.comment or None) if one.settled else None
    return (*handed_in, one.self_level, one.level, one.gap, basis, comment, *(sent.reporter if sent else (None, None)))
