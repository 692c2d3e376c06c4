"""What charts tell: gaps over reports that have both levels, quantities added up, shares, and the map's squares."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

from app.domain import charts, exploring, province_tiles
from app.domain.charts import Side, Wanted
from app.domain.dataset import Row
from app.domain.exploring import Beside, By, Look, Measure
from app.domain.figures import percent
from app.domain.quantities import QuantityKind

SEED = Path(__file__).parents[2] / "seed" / "areas.csv"


def row(own: int | None, level: int | None, *, area: int = 1, indicator: int = 1, sent: bool = True) -> Row:
    return Row(area, indicator, f"P-{area}", "primary", "north", "QP-1", sent, own, level)


def seats() -> Counter[str]:
    with SEED.open(encoding="utf-8") as file:
        return Counter(province_tiles.seat(office["provinces_th"]) for office in csv.DictReader(file))


# --- squares -------------------------------------------------------------------------------------------------------------------


def test_every_province_that_has_an_office_has_one_square_and_no_square_is_without_an_office():
    assert set(province_tiles.TILES) == set(seats())
    assert len(province_tiles.TILES) == 77
    assert sum(seats().values()) == 245


def test_no_two_provinces_share_a_square_or_their_letters():
    tiles = province_tiles.TILES.values()
    assert len({(tile.column, tile.row) for tile in tiles}) == len({tile.letters for tile in tiles}) == 77


def test_squares_lie_to_each_other_as_the_provinces_do():
    at = province_tiles.TILES
    assert at["เชียงราย"].row < at["นครสวรรค์"].row < at["กรุงเทพมหานคร"].row < at["ชุมพร"].row < at["นราธิวาส"].row
    assert at["แม่ฮ่องสอน"].column < at["เชียงใหม่"].column < at["น่าน"].column < at["นครพนม"].column
    assert at["กาญจนบุรี"].column < at["กรุงเทพมหานคร"].column < at["ตราด"].column
    assert at["ภูเก็ต"].column < at["นครศรีธรรมราช"].column < at["ปัตตานี"].column


def test_an_office_of_several_provinces_counts_where_it_has_its_seat():
    assert province_tiles.seat("ลำปาง|ลำพูน") == "ลำปาง"


# --- shares --------------------------------------------------------------------------------------------------------------------


def test_a_share_is_rounded_half_up_and_is_100_of_the_whole_alone():
    assert percent(1, 8) == Decimal("12.50")
    assert percent(1, 8, places=0) == Decimal(13)
    assert percent(9999, 10000, places=0) == Decimal(99)
    assert percent(99999, 100000) == Decimal("99.99")
    assert percent(3, 3, places=0) == Decimal(100)
    assert percent(0, 3) == Decimal("0.00")
    assert percent(0, 0) is None


def test_of_two_levels_given_equally_often_the_higher_is_named():
    assert charts.most_frequent(Counter({3: 2, 4: 2, 5: 1})) == 4
    assert charts.most_frequent(Counter()) is None


# --- self against reviewed -----------------------------------------------------------------------------------------------------


def test_only_reports_with_both_levels_are_compared():
    pairs = charts.pairs_of([row(5, 3), row(4, 4), row(5, None), row(None, 1)])
    assert (pairs.count, pairs.mean_self, pairs.mean_level, pairs.gap) == (
        2,
        Decimal("4.50"),
        Decimal("3.50"),
        Decimal("-1.00"),
    )


def test_a_gap_is_rounded_alike_below_and_above_zero():
    lower = charts.pairs_of([row(2, 1), *[row(2, 2)] * 7])
    higher = charts.pairs_of([row(1, 2), *[row(2, 2)] * 7])
    assert (lower.gap, higher.gap) == (Decimal("-0.13"), Decimal("0.13"))
    assert charts.pairs_of([row(5, None)]).gap is None


def test_groups_below_and_above_are_counted_by_what_is_exact_not_by_what_is_rounded():
    barely = charts.pairs_of([row(3, 2), *[row(3, 3)] * 999])
    assert barely.gap == 0
    found = charts.lower_and_higher([barely, charts.pairs_of([row(1, 5)]), charts.pairs_of([row(2, 2)]), charts.Pairs()])
    assert found == (1, 1, 3)


def test_a_report_has_no_gap_without_both_levels():
    assert charts.level_of(row(4, 2), Side.GAP) == -2
    assert charts.level_of(row(None, 2), Side.GAP) is None
    assert (charts.level_of(row(4, 2), Side.SELF), charts.level_of(row(4, 2), Side.REVIEWED)) == (4, 2)


# --- quantities ----------------------------------------------------------------------------------------------------------------

FOUND = Wanted("quantity.found", QuantityKind.COUNT, "quantity.all")


def test_a_percentage_is_the_sum_of_the_parts_over_the_sum_of_the_wholes():
    added = charts.add_up(
        [{"quantity.found": "1", "quantity.all": "100"}, {"quantity.found": "9", "quantity.all": "10"}], FOUND
    )
    assert (added.count, added.value, added.percent) == (2, Decimal(10), Decimal("9.09"))


def test_a_part_without_its_whole_is_added_up_but_is_no_part_of_a_percentage():
    added = charts.add_up([{"quantity.found": "5"}, {"quantity.found": "5", "quantity.all": "10"}], FOUND)
    assert (added.value, added.percent) == (Decimal(10), Decimal("50.00"))


def test_an_empty_box_is_not_a_zero_and_what_is_no_number_is_left_out():
    reports = [{"quantity.found": None}, {"quantity.found": ""}, {}, {"quantity.found": "x"}, {"quantity.found": "NaN"}]
    assert charts.add_up(reports, FOUND).value is None
    assert charts.add_up([*reports, {"quantity.found": "0"}], FOUND).value == 0


def test_percentages_are_not_added_but_averaged():
    wanted = Wanted("quantity.rt", QuantityKind.PERCENT)
    assert charts.add_up([{"quantity.rt": "50"}, {"quantity.rt": "75.5"}], wanted).value == Decimal("62.75")


# --- exploring -----------------------------------------------------------------------------------------------------------------


def test_every_measure_answers_as_many_columns_as_it_names():
    rows = [row(5, 3), row(4, None, area=2), row(None, None, area=3, sent=False)]
    beside = Beside({(1, 1)}, {(1, 1): {"quantity.found": "3", "quantity.all": "4"}}, FOUND)
    for measure in Measure:
        assert len(exploring.measured(rows, measure, beside)) == len(exploring.SHAPES[measure].headings)
    assert exploring.measured(rows, Measure.SENT, beside) == (3, 2, Decimal("66.67"))
    assert exploring.measured(rows, Measure.ON_TIME, beside) == (2, 1, Decimal("50.00"))
    assert exploring.measured(rows, Measure.SELF, beside) == (2, Decimal("4.50"))
    assert exploring.measured(rows, Measure.REVIEWED, beside) == (1, Decimal("3.00"))
    assert exploring.measured(rows, Measure.GAP, beside) == (1, Decimal("5.00"), Decimal("3.00"), Decimal("-2.00"))
    assert exploring.measured(rows, Measure.QUANTITY, beside) == (1, Decimal(3), Decimal(4), Decimal("75.00"))


def test_slices_are_for_parts_of_a_whole_and_for_few_of_them():
    assert exploring.fits(Look.DOUGHNUT, Measure.SENT, groups=4)
    assert not exploring.fits(Look.DOUGHNUT, Measure.REVIEWED, groups=4)
    assert not exploring.fits(Look.DOUGHNUT, Measure.SENT, groups=245)
    assert not exploring.fits(Look.DOUGHNUT, Measure.QUANTITY, groups=4, adds_up=False)
    assert all(exploring.fits(Look.BAR, measure, groups=245) for measure in Measure)
    assert set(exploring.BY_NAMES) == set(By)
