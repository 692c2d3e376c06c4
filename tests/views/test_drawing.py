"""Drawings: their colours are the style sheet's, neighbours become strokes, words are set in lines."""

from __future__ import annotations

from pathlib import Path

from app.views import drawing

STYLE_SHEET = Path(drawing.__file__).parents[1] / "static" / "css" / "emes.css"


def test_the_colours_of_drawings_are_the_tokens_of_the_style_sheet():
    sheet = STYLE_SHEET.read_text("utf-8")
    for level in range(1, 6):
        assert f"--lv{level}:{drawing.LEVEL_FILLS[level]};" in sheet
        assert f"--lv{level}-ink:{drawing.LEVEL_INKS[level]};" in sheet
    for name, colour in (("ink", drawing.INK), ("ink-2", drawing.INK_2), ("line", drawing.LINE), ("line-2", drawing.LINE_2)):
        assert f"--{name}:{colour};" in sheet
    assert f"--kraam-700:{drawing.KRAAM};" in sheet


def test_neighbours_that_are_alike_become_one_stroke():
    paths: dict[int, str] = {}
    drawing.add_strokes(paths, [1, 1, 2, 1], x=10, y=5, step=20)
    assert paths == {1: "M10.0 5h39.2M70.0 5h19.2", 2: "M50.0 5h19.2"}


def test_long_words_are_set_in_lines_and_vowels_above_take_no_room():
    assert drawing.broken("aa bb cc", 5) == ["aa bb", "cc"]
    assert drawing.broken("a bbbbbbbb c", 4) == ["a", "bbbb", "bbbb", "c"]
    assert drawing.broken("ก่ก้ก๊ก๋ กก", 7) == ["ก่ก้ก๊ก๋ กก"]
    assert drawing.broken("กกเกา", 3) == ["กก", "เกา"]
    assert drawing.shortened("ที่นี่", 2) == "ที่นี่"
    assert drawing.shortened("abcdef", 3) == "abc…"
