"""What can go wrong in the business, said in message ids that the edge translates.

A domain error carries an English message id with named placeholders (the key of the catalogue) and the values to fill in after
translation, so that the sentence is translated first and filled in afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeAlias

Parameter: TypeAlias = "str | int | date | datetime | Message"


def N_(message: str) -> str:
    """Mark a message id for extraction without translating it here."""
    return message


@dataclass(frozen=True)
class Message:
    """A sentence to be translated by `text` and then filled in with `values`, of which messages are translated too."""

    text: str
    values: Mapping[str, Parameter] = field(default_factory=dict)


class DomainError(Exception):
    """A request that the rules refuse. `message` says what happened and what to do."""

    status = 422

    def __init__(self, text: str, **values: Parameter) -> None:
        super().__init__(text)
        self.message = Message(text, values)


class NotFound(DomainError):
    """The row does not exist for this person; nobody learns whether it exists for another."""

    status = 404

    def __init__(self) -> None:
        super().__init__(N_("This page was not found."))


class NotAllowed(DomainError):
    """The row is visible, but this person may not do that to it."""

    status = 403

    def __init__(self, text: str = N_("You may not do this. Ask your coordinator or the centre.")) -> None:
        super().__init__(text)


class Damaged(DomainError):
    """A stored file is not what was received."""

    status = 500

    def __init__(self) -> None:
        super().__init__(
            N_(
                "This file is damaged in the store and is not shown. Tell the administrator, who may have a copy; or attach it again."
            )
        )


class Correctable(DomainError):
    """What the person can put right on the page at hand: it is shown again with the sentence beside what was typed."""


class RoundClosed(Correctable):
    """Writing outside the round's window."""

    status = 409


class Conflict(Correctable):
    """The request collides with what stands already, such as a fourth file."""

    status = 409


class Refused(Correctable):
    """The content itself cannot be accepted; the sentence says why and what would do."""


class IncompleteReport(Correctable):
    """Submitting with something missing. `items` is the list of `completeness.Missing`."""

    def __init__(self, items: list) -> None:
        super().__init__(N_("Not submitted yet: %(count)d items to fix"), count=len(items))
        self.items = items
