"""What a list page knows about itself: its filters, its order, where it stands, and the addresses that change one of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for

from app.domain import paging


@dataclass(frozen=True)
class OfferedFilter:
    """One filter of a list: what can be chosen, and what is chosen ('' is all)."""

    column: str
    label: object
    options: list[tuple[str, str]]
    value: str

    @property
    def argument(self) -> str:
        return f"f_{self.column}"

    @property
    def chosen(self) -> str:
        """The name of the chosen value."""
        return dict(self.options)[self.value]


@dataclass(frozen=True)
class Column:
    """One column: its name and title, how it stands, and how a value is shown."""

    name: str
    label: str
    look: str
    show: Callable[[Any], Any]


@dataclass(frozen=True)
class ListState:
    """A list as it is asked for. Addresses keep everything but what they change."""

    screen: str
    words: str
    filters: list[OfferedFilter]
    column: str
    direction: str
    page: int
    size: int
    sizes: tuple[int, ...]
    count: int

    @property
    def active(self) -> list[OfferedFilter]:
        return [offered for offered in self.filters if offered.value]

    @property
    def first(self) -> int:
        return self.page * self.size + 1

    @property
    def last(self) -> int:
        return min(self.count, (self.page + 1) * self.size)

    @property
    def pages(self) -> int:
        return paging.pages(self.count, self.size)

    def kept(self, *without: str) -> dict[str, str]:
        """The arguments of this list, without the page and those named."""
        found = {offered.argument: offered.value for offered in self.active}
        found |= {"q": self.words, f"psize_{self.screen}": str(self.size)}
        found |= {f"_oc_{self.screen}": self.column, f"_od_{self.screen}": self.direction}
        return {name: value for name, value in found.items() if value and name not in without}

    def kept_by_search(self) -> dict[str, str]:
        """What the form with search box and filters must carry along."""
        return self.kept("q", *(offered.argument for offered in self.filters))

    def _address(self, arguments: dict[str, str]) -> str:
        return url_for(f"{self.screen}.list", **arguments)  # type: ignore[arg-type]  # names of arguments are free

    def without(self, argument: str) -> str:
        """The list without one filter."""
        return self._address(self.kept(argument))

    def sorted_by(self, column: str) -> str:
        """The list in the order of a column; a second time, the other way round."""
        descending = column == self.column and self.direction == "asc"
        order = {f"_oc_{self.screen}": column, f"_od_{self.screen}": "desc" if descending else "asc"}
        return self._address(self.kept() | order)

    def at_page(self, page: int) -> str:
        return self._address(self.kept() | {f"page_{self.screen}": str(page)})
