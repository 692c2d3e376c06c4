"""Which round and office a page, a form or a downloaded template belongs to, so that nothing lands in the wrong year."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.domain.errors import N_, Correctable

_MARK = re.compile(r"\[(\d{4}-(?:6|12)(?:-R\d+)?) ([A-Z]-[A-Z0-9-]{2,20}) ([A-Za-z0-9][A-Za-z0-9._-]{1,25})\]")


class WrongRound(Correctable):
    """What was sent belongs to another round or office than the page it was sent to."""

    status = 409


@dataclass(frozen=True)
class Belonging:
    """The three codes that everything made for one report carries."""

    round_code: str
    area_code: str
    indicator_code: str

    @property
    def address(self) -> str:
        """As pages and their scripts say it: '2566-6/P-CPM-3/QP-1'."""
        return f"{self.round_code}/{self.area_code}/{self.indicator_code}"

    @property
    def mark(self) -> str:
        """As templates carry it, in their properties and their names: '[2566-6 P-CPM-3 QP-X2]'."""
        return f"[{self.round_code} {self.area_code} {self.indicator_code}]"


def marked(text: str) -> Belonging | None:
    """What a mark in a text says, or None where there is none."""
    match = _MARK.search(text)
    return Belonging(*match.groups()) if match else None


def require_page(said: str, here: Belonging) -> None:
    """A page says which report it was opened for. Raise WrongRound where it was sent to another one."""
    if said and said != here.address:
        raise WrongRound(
            N_(
                "This page was opened for %(other)s and can't be saved to %(here)s. Open the right report; what you typed is kept."
            ),
            other=said[:60],
            here=here.address,
        )


def require_template(found: Belonging | None, here: Belonging, name: str) -> None:
    """A filled-in template must come back to the round and office it was downloaded for. Raise WrongRound."""
    if found is not None and (found.round_code, found.area_code) != (here.round_code, here.area_code):
        raise WrongRound(
            N_(
                "“%(name)s” was made with the form of round %(round)s of office %(area)s (indicator %(indicator)s). "
                "Attach it there, or download the form of this round from this page."
            ),
            name=name,
            round=found.round_code,
            area=found.area_code,
            indicator=found.indicator_code,
        )
