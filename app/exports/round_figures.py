"""Figures of a round with pandas: groups, matrices, timeliness and sums, all in whole numbers, so that nothing is lost on the way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pandas as pd

from app.domain import calendar
from app.domain.deadlines import SENT_LATE, Timing
from app.domain.figures import HUNDREDTH, mean
from app.domain.quantities import QuantityKind
from app.domain.rubric import LEVELS
from app.models import Area, Indicator, Quantity
from app.models.area import Region
from app.rows_child.sheets import NUMBER

_TIMINGS = ("", *(timing.value for timing in Timing))
NO_LEVEL = 0


@dataclass(frozen=True)
class Line:
    """What is told of a group of reports: how many were asked, sent and when; self-levels, reviewed levels and the gap between them."""

    offices: int
    complete: int
    asked: int
    sent: int
    on_time: int
    late: int
    at_closing: int
    with_self: int
    mean_self: Decimal | None
    with_level: int
    mean_level: Decimal | None
    mean_gap: Decimal | None
    self_levels: tuple[int, ...]
    levels: tuple[int, ...]

    @property
    def sent_percent(self) -> Decimal | None:
        return percent(self.sent, self.asked)

    @property
    def on_time_percent(self) -> Decimal | None:
        """Of what was asked for."""
        return percent(self.on_time, self.asked)


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """Hundredths of a whole with two decimals, halves rounded up; None of nothing."""
    return (Decimal(part) * 100 / Decimal(whole)).quantize(HUNDREDTH, ROUND_HALF_UP) if whole else None


class Facts:
    """The reports of a basis as a table of small numbers, some bytes a report, with the offices and indicators that they are of."""

    def __init__(self, rows: Iterable[tuple[Any, ...]], areas: Mapping[int, Area], indicators: Sequence[Indicator]) -> None:
        self.areas, self.indicators = areas, indicators
        frame = pd.DataFrame.from_records(
            rows, columns=["area", "indicator", "kind", "region", "timing", "at", "self_level", "level"]
        )
        frame["timing"] = pd.Categorical(frame["timing"].fillna(""), categories=_TIMINGS)
        for name in ("kind", "region"):
            frame[name] = frame[name].astype("category")
        for name in ("self_level", "level"):
            frame[name] = pd.to_numeric(frame[name]).fillna(NO_LEVEL).astype("int8")
        frame["sent"] = frame["timing"] != ""
        frame["at"] = pd.to_datetime(frame["at"], utc=True)
        frame["province"] = frame["area"].map({key: area.provinces_th.partition("|")[0] for key, area in areas.items()})
        frame["cluster"] = frame["area"].map({key: area.inspection_cluster or 0 for key, area in areas.items()}).astype("Int16")
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def sent(self) -> int:
        return int(self.frame["sent"].sum())

    def total(self) -> Line:
        """Of everything."""
        return _line(self.frame)

    def by(self, name: str) -> dict[Any, Line]:
        """Of each group of reports that agree in a column: indicator, region, kind, province or cluster."""
        return {key: _line(part) for key, part in self.frame.groupby(name, observed=True)}

    def matrix(self, column: str) -> pd.DataFrame:
        """Offices × indicators by id: the level of a column, or the gap; NO_LEVEL where there is none, missing where nothing is asked.

        A gap may be 0: where there is none it is missing as well."""
        frame = self.frame
        if column == "gap":
            frame = frame[(frame["self_level"] > 0) & (frame["level"] > 0)]
            values = frame["level"].astype("int16") - frame["self_level"]
        else:
            values = frame[column]
        return frame.assign(value=values).pivot(index="area", columns="indicator", values="value")

    def by_office(self) -> pd.DataFrame:
        """Each office by id: asked, sent, on_time, late, at_closing, first and last moment of a hand-in."""
        frame = self.frame.assign(
            on_time=self.frame["timing"] == Timing.ON_TIME,
            late=self.frame["timing"].isin([str(timing) for timing in SENT_LATE]),
            at_closing=self.frame["timing"] == Timing.CLOSING,
        )
        return frame.groupby("area", sort=False).agg(
            asked=("sent", "size"),
            sent=("sent", "sum"),
            on_time=("on_time", "sum"),
            late=("late", "sum"),
            at_closing=("at_closing", "sum"),
            first=("at", "min"),
            last=("at", "max"),
        )

    def sent_by_day(self) -> list[tuple[date, int]]:
        """How many of the hand-ins that count were made up to the end of each day, from the first day to the last, on the wall clock."""
        moments = self.frame.loc[self.frame["sent"], "at"]
        if moments.empty:
            return []
        days = moments.dt.tz_convert(calendar.zone()).dt.date
        counted = days.value_counts().sort_index()
        every = pd.date_range(counted.index[0], counted.index[-1], freq="D")
        running = counted.reindex(every.date, fill_value=0).cumsum()
        return [(day, int(number)) for day, number in running.items()]


def _line(frame: pd.DataFrame) -> Line:
    timings = frame["timing"].value_counts()
    self_levels, levels = frame["self_level"], frame["level"]
    both = frame[(self_levels > 0) & (levels > 0)]
    with_self, with_level = int((self_levels > 0).sum()), int((levels > 0).sum())
    per_office = frame.groupby("area", sort=False)["sent"].min()
    return Line(
        offices=len(per_office),
        complete=int(per_office.sum()),
        asked=len(frame),
        sent=int(frame["sent"].sum()),
        on_time=int(timings.get(Timing.ON_TIME.value, 0)),
        late=sum(int(timings.get(timing.value, 0)) for timing in SENT_LATE),
        at_closing=int(timings.get(Timing.CLOSING.value, 0)),
        with_self=with_self,
        mean_self=mean(int(self_levels.sum()), with_self),
        with_level=with_level,
        mean_level=mean(int(levels.sum()), with_level),
        mean_gap=mean(int(both["level"].sum()) - int(both["self_level"].sum()), len(both)),
        self_levels=tuple(int((self_levels == level).sum()) for level in LEVELS),
        levels=tuple(int((levels == level).sum()) for level in LEVELS),
    )


def moment_of(value: pd.Timestamp) -> datetime | None:
    """A moment of a frame; None where there is none."""
    return None if pd.isna(value) else value.to_pydatetime()


# --- quantities ------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sum:
    """A figure over a group of offices; `percent` is of the figure that it must not exceed, over the offices that gave both."""

    quantity: Quantity
    region: str
    number: int
    total: Decimal | None
    mean: Decimal | None
    lowest: Decimal
    highest: Decimal
    percent: Decimal | None


class Amounts:
    """The figures of a basis; its length is how many were handed in. Values are kept exactly: Python's own decimals, whose sums pandas makes
    one by one."""

    def __init__(self, rows: Iterable[tuple[Any, ...]], quantities: Sequence[Quantity]) -> None:
        self.quantities = quantities
        frame = pd.DataFrame.from_records(rows, columns=["area", "region", "quantity", "value"])
        frame["value"] = frame["value"].map(_exact)
        self._handed_in = len(frame)
        self.frame = frame.dropna(subset=["value"])

    def __len__(self) -> int:
        return self._handed_in

    def wide(self) -> pd.DataFrame:
        """Offices × figures by id."""
        return self.frame.pivot(index="area", columns="quantity", values="value")

    def sums(self) -> list[Sum]:
        """Each figure over the country (region '') and over each region, in the order of figures and regions."""
        found = []
        for quantity in self.quantities:
            here = self.frame[self.frame["quantity"] == quantity.id]
            for region in ("", *Region):
                part = here if not region else here[here["region"] == region]
                if len(part):
                    found.append(self._sum(quantity, region, part))
        return found

    def _sum(self, quantity: Quantity, region: str, part: pd.DataFrame) -> Sum:
        values = part["value"]
        total, number = sum(values, Decimal(0)), len(values)
        return Sum(
            quantity,
            region,
            number,
            total if quantity.kind != QuantityKind.PERCENT else None,
            mean(total, number),
            min(values),
            max(values),
            self._share(quantity, part),
        )

    def _share(self, quantity: Quantity, part: pd.DataFrame) -> Decimal | None:
        ceiling = next(
            (one for one in self.quantities if one.indicator_id == quantity.indicator_id and one.key == quantity.not_above_key),
            None,
        )
        if ceiling is None:
            return None
        of = self.frame[(self.frame["quantity"] == ceiling.id)][["area", "value"]]
        both = part[["area", "value"]].merge(of, on="area", suffixes=("", "_of"))
        return percent(sum(both["value"], Decimal(0)), sum(both["value_of"], Decimal(0)))


def _exact(text: str) -> Decimal | None:
    """A figure as it was handed in; None for what is no figure, which no page lets through."""
    return Decimal(text) if NUMBER.fullmatch(text) else None
