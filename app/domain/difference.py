"""What differs between two texts, in pieces that people read: words where there are spaces, syllable-sized clusters in Thai."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

# A Thai consonant with the vowel before it and the marks around it is one piece: a mark is never torn from its letter.
_PIECE = re.compile("[A-Za-z0-9.,]+|\\s+|[เ-ไ]?[ก-ฮ][ะ-ฺ็-๎]*|.", re.DOTALL)
MOST_PIECES = 300
SHORTEST_SAME = 3


@dataclass(frozen=True)
class Run:
    """A stretch of text: the same in both, or only on this side."""

    text: str
    differs: bool


def compare(old: str, new: str) -> tuple[list[Run], list[Run]]:
    """Both texts as runs. What is common at the beginning and the end is found first; a middle that is too long to be
    compared piece by piece counts as different whole."""
    before, after = _PIECE.findall(old), _PIECE.findall(new)
    head = _agreeing(before, after)
    tail = _agreeing(before[head:][::-1], after[head:][::-1])
    end_before, end_after = len(before) - tail, len(after) - tail
    left, right = before[head:end_before], after[head:end_after]
    runs = (_Side(), _Side())
    for side in runs:
        side.add(before[:head], differs=False)
    for a, b, same in _parts(left, right):
        runs[0].add(a, differs=not same)
        runs[1].add(b, differs=not same)
    for side in runs:
        side.add(before[end_before:], differs=False)
    return runs[0].runs, runs[1].runs


def _agreeing(left: list[str], right: list[str]) -> int:
    """With how many of the same pieces both begin."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False)))


def _parts(left: list[str], right: list[str]) -> list[tuple[list[str], list[str], bool]]:
    """(pieces of the one, pieces of the other, whether they are the same), in order. A short agreement amid differences is
    mostly chance and reads badly, so it counts as different."""
    if not left or not right or max(len(left), len(right)) > MOST_PIECES:
        return [(left, right, False)]
    codes = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    return [(left[a:b], right[c:d], tag == "equal" and b - a >= SHORTEST_SAME) for tag, a, b, c, d in codes]


class _Side:
    """Gathers runs, joining neighbours of one kind."""

    def __init__(self) -> None:
        self.runs: list[Run] = []

    def add(self, pieces: list[str], *, differs: bool) -> None:
        text = "".join(pieces)
        if not text:
            return
        if self.runs and self.runs[-1].differs == differs:
            text = self.runs.pop().text + text
        self.runs.append(Run(text, differs))
