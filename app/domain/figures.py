"""Figures of published tables: one way to a mean, and groups so small that a figure would give away a single office."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")
SMALLEST_GROUP = 5


def mean(total: int | Decimal, count: int) -> Decimal | None:
    """Exact mean with two decimals, halves rounded up; None of nothing."""
    return (Decimal(total) / count).quantize(HUNDREDTH, ROUND_HALF_UP) if count else None


def percent(part: int | Decimal, whole: int | Decimal, *, places: int = 2) -> Decimal | None:
    """Share in percent, halves rounded up; None of nothing. 100 is only said of the whole."""
    if not whole:
        return None
    step = Decimal(1).scaleb(-places)
    found = (Decimal(part) * 100 / Decimal(whole)).quantize(step, ROUND_HALF_UP)
    return 100 - step if found == 100 and part < whole else found


@dataclass(frozen=True)
class Group:
    """How many offices of a group have a level, and the sum of these."""

    count: int = 0
    total: int = 0

    def __add__(self, other: Group) -> Group:
        return Group(self.count + other.count, self.total + other.total)


@dataclass(frozen=True)
class Comparison:
    """What an office may know of the others: its region and the country, each None where it has no level or is not shown."""

    region: Group | None = None
    country: Group | None = None
    hides_region: bool = False
    hides_country: bool = False

    @property
    def region_mean(self) -> Decimal | None:
        return mean(self.region.total, self.region.count) if self.region else None

    @property
    def country_mean(self) -> Decimal | None:
        return mean(self.country.total, self.country.count) if self.country else None


def comparison(groups: Mapping[str, Group], own: str, *, smallest: int = SMALLEST_GROUP) -> Comparison:
    """The own region and the country out of the groups of all regions.

    A region of fewer than `smallest` offices is not shown. The country is not shown either where the regions that are not shown make up
    fewer than that together: whoever knows the others could take them away from it."""
    region, country = groups.get(own, Group()), sum(groups.values(), Group())
    small = sum((group for group in groups.values() if group.count < smallest), Group())
    hides_country = 0 < small.count < smallest
    hides_region = 0 < region.count < smallest
    return Comparison(
        region=region if region.count and not hides_region else None,
        country=country if country.count and not hides_country else None,
        hides_region=hides_region,
        hides_country=hides_country,
    )


def together(groups: list[Group]) -> Decimal | None:
    """The mean over several indicators, each office and indicator counting once."""
    found = sum(groups, Group())
    return mean(found.total, found.count)
