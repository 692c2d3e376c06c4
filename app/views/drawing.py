"""What drawings of figures are made of: shapes with their own colours, so that the same drawing stands in a page, on paper and in a file."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeAlias, TypeVar

Key = TypeVar("Key")
Attributes: TypeAlias = dict[str, str | float]

# Wide enough for the words at 15 px, narrow enough for a phone. The colours are the tokens of emes.css.
WIDTH, MARGIN = 400, 12
INK, INK_2, LINE, LINE_2, SUNK, SHEET = "#1A2233", "#465066", "#D9DDE2", "#7D8799", "#EDEFEE", "#FFFFFF"
KRAAM, WARN = "#23478A", "#774600"
LEVEL_FILLS = {1: "#A65A1E", 2: "#E5C48F", 3: "#DCE3E1", 4: "#86C2BB", 5: "#176A63"}
LEVEL_INKS = {1: "#FFFFFF", 2: "#3B2600", 3: "#24302E", 4: "#06302C", 5: "#FFFFFF"}
# Thai signs that stand before the consonant they belong to, and after it.
_BEFORE, _AFTER = "เแโใไ", "ะาำๆฯ"
LOWER, HIGHER = LEVEL_FILLS[1], LEVEL_FILLS[5]


@dataclass(frozen=True)
class Shape:
    """One element of a drawing."""

    name: str
    attributes: Attributes
    words: str = ""


@dataclass
class Drawing:
    """Shapes on a sheet of `width` × `height` of its own measures, the later ones above."""

    width: float
    height: float
    shapes: list[Shape] = field(default_factory=list)

    def add(self, *shapes: Shape) -> None:
        self.shapes.extend(shapes)


def rect(x: float, y: float, width: float, height: float, fill: str, *, edge: str = "") -> Shape:
    """A box; with `edge` a thin line around it, which pale colours need on white."""
    more: Attributes = {"stroke": edge, "stroke-width": 0.75} if edge else {}
    box: Attributes = {"x": tidy(x), "y": tidy(y), "width": tidy(width), "height": tidy(height), "fill": fill}
    return Shape("rect", box | more)


def words(
    x: float, y: float, text: object, *, size: float = 15, anchor: str = "start", bold: bool = False, fill: str = INK
) -> Shape:
    """A line of text; `anchor` is start, middle or end."""
    attributes: Attributes = {"x": tidy(x), "y": tidy(y), "font-size": size, "fill": fill}
    if anchor != "start":
        attributes["text-anchor"] = anchor
    if bold:
        attributes["font-weight"] = 600
    return Shape("text", attributes, str(text))


def stroke(path: str, colour: str, *, width: float = 1, dashes: str = "") -> Shape:
    """A line along a path."""
    more: Attributes = {"stroke-dasharray": dashes} if dashes else {}
    line: Attributes = {"d": path, "stroke": colour, "stroke-width": width, "fill": "none"}
    return Shape("path", line | more)


def dot(x: float, y: float, radius: float, fill: str, *, edge: str = "") -> Shape:
    more: Attributes = {"stroke": edge, "stroke-width": 2} if edge else {}
    circle: Attributes = {"cx": tidy(x), "cy": tidy(y), "r": radius, "fill": fill}
    return Shape("circle", circle | more)


def level_chip(x: float, y: float, level: int, *, size: float = 24) -> list[Shape]:
    """A level's colour with its digit on it."""
    return [
        rect(x, y, size, size, LEVEL_FILLS[level], edge=LINE_2),
        words(x + size / 2, y + size * 0.73, level, size=size * 0.66, anchor="middle", bold=True, fill=LEVEL_INKS[level]),
    ]


def tidy(number: float) -> float:
    """As many decimals as can be seen."""
    return round(float(number), 1)


def runs(keys: Sequence[Key]) -> Iterator[tuple[Key, int, int]]:
    """Neighbours that are alike: (what they are, the first, how many)."""
    begin = 0
    for place in range(1, len(keys) + 1):
        if place == len(keys) or keys[place] != keys[begin]:
            yield keys[begin], begin, place - begin
            begin = place


def add_strokes(paths: dict[Key, str], looks: Sequence[Key], *, x: float, y: float, step: float) -> None:
    """Add a row of cells `step` wide to the paths by their look: what is alike and side by side becomes one stroke."""
    gap = 0.8 if step > 3 else 0.3
    for look, begin, number in runs(looks):
        paths[look] = paths.get(look, "") + f"M{x + begin * step:.1f} {y:g}h{number * step - gap:.1f}"


def _widths(text: str) -> list[int]:
    """How many signs stand side by side up to each: vowels and tones above and below take no room."""
    return list(accumulate(unicodedata.category(sign) != "Mn" for sign in text))


def shortened(text: str, room: int) -> str:
    """As much of a text as has room, in signs that stand side by side."""
    fits = bisect_right(_widths(text), room)
    return text if fits == len(text) else f"{text[:fits].rstrip()}…"


def broken(text: str, room: int) -> list[str]:
    """Words set in lines of so many signs that stand side by side; a word too long for a line goes on in the next."""
    lines: list[str] = []
    for word in text.split():
        rest = word
        if lines and _widths(joined := f"{lines[-1]} {word}")[-1] <= room:
            lines[-1] = joined
            continue
        while (cut := _cut(rest, room)) < len(rest):
            lines.append(rest[:cut])
            rest = rest[cut:]
        lines.append(rest)
    return lines


def _cut(word: str, room: int) -> int:
    """Where a word is broken at the latest, never between a Thai vowel and its consonant."""
    cut = bisect_right(_widths(word), room)
    while 1 < cut < len(word) and (word[cut - 1] in _BEFORE or word[cut] in _AFTER):
        cut -= 1
    return max(1, cut)


@dataclass(frozen=True)
class Sheet:
    """A drawing as a file of its own: what it shows above it, where its figures come from below."""

    drawing: Drawing
    title: str
    source: Sequence[str]
    margin: int = MARGIN

    @property
    def _above(self) -> list[str]:
        return broken(self.title, int(self.drawing.width / 9.5))

    @property
    def _below(self) -> list[str]:
        return [line for said in self.source for line in broken(said, int(self.drawing.width / 7))]

    @property
    def top(self) -> int:
        """Where the drawing begins."""
        return 16 + 22 * len(self._above)

    @property
    def width(self) -> float:
        return self.drawing.width + 2 * MARGIN

    @property
    def height(self) -> float:
        return self.top + self.drawing.height + 16 + 18 * len(self._below)

    @property
    def words(self) -> list[Shape]:
        foot = self.top + self.drawing.height + 18
        above = [words(MARGIN, 26 + 22 * place, line, size=17, bold=True) for place, line in enumerate(self._above)]
        return above + [words(MARGIN, foot + 18 * place, line, size=12.5, fill=INK_2) for place, line in enumerate(self._below)]
