"""Asking about a published result and appealing against it: in which time, what must be said, what the centre may decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from app.domain.errors import N_, Conflict, NotAllowed, Refused
from app.domain.publishing import AppealKind, AppealState
from app.domain.rubric import LEVELS

# What the centre can say to each kind.
ANSWERS = {
    AppealKind.CLARIFICATION: (AppealState.ANSWERED,),
    AppealKind.APPEAL: (AppealState.UPHELD, AppealState.REFUSED),
}


@dataclass(frozen=True)
class Term:
    """The days in which an office may ask or appeal, the first and the last included; without a last day there are none."""

    first: date | None
    last: date | None

    def is_open(self, today: date) -> bool:
        """Whether it may on this day of the office's calendar."""
        return self.last is not None and (self.first is None or self.first <= today) and today <= self.last


class NoTerm(Conflict):
    """Asking or appealing outside the time for it."""


def require_open(term: Term, today: date, *, telephone: str) -> None:
    """Raise NoTerm with the sentence that fits unless the time for it runs."""
    if term.is_open(today):
        return
    if term.last is not None and today <= term.last:
        raise NoTerm(N_("The time for questions and appeals has not begun yet. See the dates on the page of results."))
    raise NoTerm(N_("The time for questions and appeals is over. Call %(telephone)s."), telephone=telephone)


class OwnLevel(NotAllowed):
    """Who gave a level does not decide the appeal against it."""

    def __init__(self) -> None:
        super().__init__(
            N_(
                "You gave a level to this report yourself, so somebody else must decide this appeal. Ask a colleague to take it."
            )
        )


def require_change(level: int | None, standing: int | None) -> int:
    """The level that an upheld appeal gives. Raises Refused for none, and for the one that stands."""
    if level not in LEVELS:
        raise Refused(N_("Choose a level"))
    if level == standing:
        raise Refused(N_("This is the level that stands. Choose another one, or refuse the appeal."))
    return level
