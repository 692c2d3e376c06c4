"""Results as an office reads them: what is below the own assessment, what to mend first, which advice can be taken up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from app.domain.errors import N_, Refused
from app.domain.reviewing import MOST_TEXT, Verdict
from app.domain.thai import is_blank, storable

WHOLE = 0
LOW_LEVEL = 2
MOST_FIRST = 3
_UNMET = (Verdict.PARTIAL, Verdict.NOT_FOUND)


@dataclass(frozen=True)
class Advice:
    """A piece of advice that an office can take up: a note on an issue, or the comment on the indicator as a whole (number 0)."""

    number: int
    text: str


@dataclass(frozen=True)
class Finding:
    """What was found of one indicator. `verdicts` are as a dataset keeps them, by the number of the issue."""

    code: str
    self_level: int | None
    level: int | None
    comment: str = ""
    verdicts: Mapping[str, Mapping[str, str]] | None = None

    @property
    def gap(self) -> int | None:
        """Reviewed less self-assessed level: below zero where the office thought better of itself."""
        return self.level - self.self_level if self.level is not None and self.self_level is not None else None

    @property
    def needs_work(self) -> bool:
        """Whether it stands below the own assessment, or low altogether."""
        return self.level is not None and (self.level <= LOW_LEVEL or (self.gap or 0) < 0)

    @property
    def issues(self) -> list[tuple[int, Verdict, str]]:
        """Each issue with its verdict and note, in order."""
        found = sorted((int(number), said) for number, said in (self.verdicts or {}).items())
        return [(number, Verdict(said["verdict"]), said.get("note", "")) for number, said in found if said.get("verdict")]

    @property
    def advice(self) -> list[Advice]:
        """What can be taken up: notes on issues that are not complete, then the comment."""
        notes = [Advice(number, note) for number, verdict, note in self.issues if verdict in _UNMET and not is_blank(note)]
        return notes if is_blank(self.comment) else [*notes, Advice(WHOLE, self.comment)]


def mend_first(findings: Sequence[Finding], most: int = MOST_FIRST) -> list[Finding]:
    """What to mend first: what needs work and says how, the lowest level first, then the widest gap, then the most issues unmet."""

    def weight(finding: Finding) -> tuple[int, int, int]:
        unmet = sum(1 for _, verdict, _ in finding.issues if verdict in _UNMET)
        return finding.level or 0, finding.gap or 0, -unmet

    return sorted((finding for finding in findings if finding.needs_work and finding.advice), key=weight)[:most]


def nearest_level(mean: Decimal | None) -> int | None:
    """The level that a mean comes nearest to, halves rounded up."""
    return int(mean.quantize(Decimal(1), ROUND_HALF_UP)) if mean is not None else None


def read_reason(text: str) -> str:
    """Why a piece of advice is dropped, as typed. Raises Refused for nothing and for too much."""
    cleaned = storable(text).strip()
    if is_blank(cleaned):
        raise Refused(N_("Say why, so that others understand it later"))
    if len(cleaned) > MOST_TEXT:
        raise Refused(N_("The text may have %(count)d characters at most"), count=MOST_TEXT)
    return cleaned
