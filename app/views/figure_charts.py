"""The charts of a round about levels and the pace: each with its sentence, its table and its drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from itertools import accumulate

from flask_babel import gettext, ngettext

from app.domain import charts as rules
from app.domain.calendar import local
from app.domain.charts import Pairs, Side
from app.domain.dataset import Figures, Row
from app.domain.figures import percent
from app.domain.rubric import LEVEL_NAMES, LEVELS
from app.formatting import day, day_without_year, in_language, localized
from app.models import Indicator
from app.models.area import KIND_NAMES, REGION_NAMES, AreaKind, Region
from app.queries import pace as paces
from app.queries.charts import Office
from app.views import figure_drawings, figure_maps
from app.views.drawing import Drawing, shortened
from app.views.figures_ground import Figure, Ground, Table, Value
from app.views.report_page import short_text

MOST_DRAWN = 400
LONGEST_LABEL = 21


def text_of(indicator: Indicator) -> str:
    """What an indicator is about, without the words that all of its part begin with."""
    return short_text(indicator, localized(indicator, "text"), localized(indicator.part, "common_prefix"))


# --- shares of levels ----------------------------------------------------------------------------------------------------------


def distribution(ground: Ground) -> Figure:
    """How many reports have each level, by their own and by the review."""
    total = rules.total_of(ground.rows)
    own, reviewed = (
        {level: (levels[level], percent(levels[level], levels.total())) for level in LEVELS}
        for levels in (total.self_levels, total.levels)
    )
    rows: list[list[Value]] = [[f"{level} {gettext(LEVEL_NAMES[level])}", *own[level], *reviewed[level]] for level in LEVELS]
    rows.append(
        [gettext("All"), total.with_self_level, _whole(total.with_self_level), total.with_level, _whole(total.with_level)]
    )
    headings = [
        gettext("Level"),
        gettext("Self-level: reports"),
        gettext("Self-level: percent"),
        gettext("Reviewed level: reports"),
        gettext("Reviewed level: percent"),
    ]
    drawing = None
    if total.with_self_level or total.with_level:
        names = gettext("Self-level"), gettext("Reviewed level")
        drawing = figure_drawings.distribution(
            [
                (
                    f"{name} ({levels.total():,})",
                    {one: (levels[one], percent(levels[one], levels.total(), places=0)) for one in LEVELS},
                )
                for name, levels in zip(names, (total.self_levels, total.levels), strict=True)
            ]
        )
    return Figure(
        "distribution",
        gettext("Distribution of levels: self-assessment and review"),
        _distribution_read(total),
        Table(headings, rows),
        drawing,
    )


def _whole(count: int) -> Decimal | None:
    return Decimal(100) if count else None


def _distribution_read(total: Figures) -> str:
    said = []
    for name, levels in ((gettext("self-assessment"), total.self_levels), (gettext("review"), total.levels)):
        if (level := rules.most_frequent(levels)) is not None:
            share = percent(levels[level], levels.total(), places=0)
            said.append(gettext("%(name)s: level %(level)d (%(percent)s%%)", name=name, level=level, percent=share))
    if not said:
        return gettext("No report has a level yet.")
    return gettext("The most frequent level – %(said)s.", said=", ".join(said))


# --- self against reviewed -----------------------------------------------------------------------------------------------------


def means(ground: Ground) -> Figure:
    """Per indicator, what offices think of themselves and what the review found."""
    pairs = {one.id: rules.pairs_of(ground.by_indicator[one.id]) for one in ground.asked}
    own = {one.id: rules.total_of(ground.by_indicator[one.id]).mean_self for one in ground.asked}
    rows: list[list[Value]] = []
    for one in ground.asked:
        found = pairs[one.id]
        rows.append([one.full_code, text_of(one), found.count, found.mean_self or own[one.id], found.mean_level, found.gap])
    headings = [
        gettext("Code"),
        gettext("Indicator"),
        gettext("Reports with both levels"),
        gettext("Mean of self-levels"),
        gettext("Mean of results"),
        gettext("Reviewed minus self"),
    ]
    lines = [(one.full_code, pairs[one.id], own[one.id]) for one in ground.asked]
    return Figure(
        "means",
        gettext("Self-assessment and review by indicator"),
        _means_read(pairs),
        Table(headings, rows, words=2),
        figure_drawings.dumbbells(lines) if any(own.values()) else None,
        gettext("Only reports with both levels are compared; where there are none the mean of all self-levels is shown alone."),
    )


def _means_read(pairs: Mapping[int, Pairs]) -> str:
    lower, higher, compared = rules.lower_and_higher(pairs.values())
    if not compared:
        return gettext("No report has a reviewed level yet.")
    return ngettext(
        "The reviewed level is below the self-level in %(lower)d, and above it in %(higher)d, of %(num)d indicator.",
        "The reviewed level is below the self-level in %(lower)d, and above it in %(higher)d, of %(num)d indicators.",
        compared,
        lower=lower,
        higher=higher,
    )


# --- every office --------------------------------------------------------------------------------------------------------------


def levels(ground: Ground, side: Side) -> Figure:
    """Every report at once; the page's table counts them, the file holds each."""
    found = {row.key: row for row in ground.rows}
    looks = [_look(row, side) for row in ground.rows]
    with_level = sum(isinstance(look, int) for look in looks)
    number = len({row.area_id for row in ground.rows})
    drawing = (
        _levels_drawn(ground, found, side) if number <= MOST_DRAWN and any(row.is_reported for row in ground.rows) else None
    )
    note = gettext("Too many offices for one picture: choose a region.") if number > MOST_DRAWN else ""
    reading = ngettext(
        "%(found)s of %(all)s report has a level.",
        "%(found)s of %(all)s reports have a level.",
        len(looks),
        found=f"{with_level:,}",
        all=f"{len(looks):,}",
    )
    if side is Side.GAP:
        pairs = Counter(rules.level_of(row, side) for row in ground.rows)
        lower, higher = (sum(count for gap, count in pairs.items() if gap and (gap < 0) is below) for below in (True, False))
        reading = gettext(
            "The review gave a lower level to %(lower)s reports, the same to %(same)s, a higher one to %(higher)s.",
            lower=f"{lower:,}",
            same=f"{pairs[0]:,}",
            higher=f"{higher:,}",
        )
    return Figure(
        "levels",
        gettext("Every office and indicator: %(what)s", what=gettext(rules.SIDE_NAMES[side])),
        reading,
        _counted(ground, side),
        drawing,
        note,
        whole=_matrix(ground, found, side),
    )


def _look(row: Row, side: Side) -> figure_maps.Look:
    level = rules.level_of(row, side)
    if level is not None:
        return figure_maps.gap_look(level) if side is Side.GAP else level
    return figure_maps.AWAITED if row.is_reported else figure_maps.ABSENT


def _mean_said(rows: list[Row], side: Side) -> str:
    total = rules.total_of(rows)
    found = {Side.SELF: total.mean_self, Side.REVIEWED: total.mean_level, Side.GAP: rules.pairs_of(rows).gap}[side]
    return "–" if found is None else f"{found:+}" if side is Side.GAP and found else str(found)


def _levels_drawn(ground: Ground, found: Mapping[tuple[int, int], Row], side: Side) -> Drawing:
    totals: dict[int, int] = {}
    for row in ground.rows:
        totals[row.area_id] = totals.get(row.area_id, 0) + (rules.level_of(row, side) or 0)
    region_of = {row.area_id: row.region for row in ground.rows}
    ranked = sorted((ids for ids in ground.offices if ids in region_of), key=lambda area_id: -totals[area_id])
    bands = []
    for region, name in REGION_NAMES.items():
        here = [area_id for area_id in ranked if region_of[area_id] == region]
        if here:
            cells = [[found.get((area_id, one.id)) for area_id in here] for one in ground.asked]
            looks = [[_look(row, side) if row else None for row in line] for line in cells]
            bands.append(figure_maps.Band(gettext(name), looks))
    lines = [
        figure_maps.Line(one.full_code, shortened(text_of(one), LONGEST_LABEL), _mean_said(ground.by_indicator[one.id], side))
        for one in ground.asked
    ]
    return figure_maps.levels(bands, lines, side)


def _counted(ground: Ground, side: Side) -> Table:
    """For each indicator, how many offices look how."""
    names = [figure_maps.GAP_WORDS[level] if side is Side.GAP else str(level) for level in LEVELS]
    rows: list[list[Value]] = []
    for one in ground.asked:
        counts = Counter(_look(row, side) for row in ground.by_indicator[one.id])
        waiting = counts[figure_maps.AWAITED], counts[figure_maps.ABSENT]
        rows.append([one.full_code, text_of(one), *(counts[level] for level in LEVELS), *waiting])
    waiting_names = gettext("Submitted, no level yet"), gettext("Not submitted")
    return Table([gettext("Code"), gettext("Indicator"), *names, *waiting_names], rows, words=2)


def _matrix(ground: Ground, found: Mapping[tuple[int, int], Row], side: Side) -> Table:
    """A row for each office, a column for each indicator; empty where there is no level."""
    stands = {row.area_id: row for row in ground.rows}
    rows: list[list[Value]] = []
    for area_id, office in ground.offices.items():
        if (own := stands.get(area_id)) is None:
            continue
        cells = (found.get((area_id, one.id)) for one in ground.asked)
        rows.append([*described(office, own), *(rules.level_of(row, side) if row else None for row in cells)])
    headings = [gettext("Office code"), gettext("Office"), gettext("Kind"), gettext("Region"), gettext("Province")]
    return Table([*headings, *(one.full_code for one in ground.asked)], rows, words=5)


def described(office: Office, row: Row) -> list[Value]:
    """An office in words, grouped as the figures group it."""
    return [
        row.area_code,
        in_language(office.short_name),
        gettext(KIND_NAMES[AreaKind(row.kind)]),
        gettext(REGION_NAMES[Region(row.region)]),
        localized(office, "seat"),
    ]


# --- the pace ------------------------------------------------------------------------------------------------------------------


def pace(ground: Ground) -> Figure:
    """The share submitted by the end of each day, with the days that were to be kept."""
    found, curve = ground.round, paces.paces([ground.round], ground.wanted, until=ground.moment)[0].curve
    first = local(found.opens_at).date()
    sums = list(accumulate(curve.sent_by_day))
    # Day 1 is the day of the opening; what is to come is not drawn.
    past = max(0, min(len(sums), (local(ground.moment).date() - first).days + 1))
    closing = (local(found.closes_at).date() - first).days + 1
    rows: list[list[Value]] = [
        [day(first + timedelta(days=number)), curve.sent_by_day[number], sums[number], percent(sums[number], curve.asked)]
        for number in range(past)
    ]
    marks = [figure_drawings.Mark(closing, gettext("Closing"))]
    if found.window.has_own_deadline:
        marks.insert(0, figure_drawings.Mark(curve.days, gettext("Deadline")))
    drawing = None
    if past and curve.asked:
        days = max(closing, past)
        drawing = figure_drawings.pace(
            [percent(count, curve.asked, places=0) or Decimal(0) for count in sums[:past]],
            days,
            marks,
            first=day_without_year(first),
            last=day_without_year(first + timedelta(days=days - 1)),
        )
    headings = [
        gettext("Day"),
        gettext("Submitted on that day"),
        gettext("Submitted by its end"),
        gettext("Percent of the reports asked for"),
    ]
    return Figure(
        "pace",
        gettext("Completeness over time"),
        _pace_read(sums[:past], curve.asked, curve.days),
        Table(headings, rows),
        drawing,
        gettext("A report counts on the day on which it was first sent, whatever became of it afterwards."),
    )


def _pace_read(sums: list[int], asked: int, days: int) -> str:
    if not sums or not sums[-1] or not asked:
        return gettext("No report has been submitted yet.")
    said = gettext(
        "So far %(sent)s of %(asked)s reports were submitted (%(percent)s%%).",
        sent=f"{sums[-1]:,}",
        asked=f"{asked:,}",
        percent=percent(sums[-1], asked, places=0),
    )
    if len(sums) > days:
        said += " " + gettext("By the deadline it was %(percent)s%%.", percent=percent(sums[days - 1], asked, places=0))
    return said
