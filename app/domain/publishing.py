"""Publishing results: states of a publication and its letters, appeals of offices, advice that was accepted."""

from __future__ import annotations

from enum import StrEnum

from app.domain.errors import N_


class PublicationState(StrEnum):
    """A publication is drafted, then released for one moment; until that moment has come it can be taken back."""

    DRAFT = "draft"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


# While it is in one of these, its letters can be edited; a publication that was taken back is a draft again.
EDITABLE = (PublicationState.DRAFT, PublicationState.WITHDRAWN)


class LetterState(StrEnum):
    """Of the PDF of a letter, which the worker makes."""

    WAITING = "waiting"
    MADE = "made"
    FAILED = "failed"


class AppealKind(StrEnum):
    CLARIFICATION = "clarification"
    APPEAL = "appeal"


APPEAL_KIND_NAMES = {
    AppealKind.CLARIFICATION: N_("Ask for a clarification"),
    AppealKind.APPEAL: N_("Appeal against the level"),
}


class AppealState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    UPHELD = "upheld"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


APPEAL_STATE_NAMES = {
    AppealState.OPEN: N_("Waiting for the answer"),
    AppealState.ANSWERED: N_("Answered"),
    AppealState.UPHELD: N_("Level corrected"),
    AppealState.REFUSED: N_("Level stays"),
    AppealState.WITHDRAWN: N_("Withdrawn"),
}
