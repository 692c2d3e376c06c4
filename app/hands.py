"""How many threads of a process compute at once. More of them take the interpreter's lock from each other every five milliseconds: with sixteen
an operation of the rush took half as much of the processor again as with three (decision 0045).

A thread that waits for something else than the processor, a slow line, another service or somebody's lock, has its hands free meanwhile: another
begins. It never waits to go on, for it may hold what the others wait for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Mine(threading.local):
    """What this thread holds."""

    hands: Hands | None = None
    is_away = False


class Hands:
    """So many threads compute at once; those that come back from waiting are let in beside them."""

    def __init__(self, number: int) -> None:
        self._number, self._busy = number, 0
        self._change = threading.Condition()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Compute, as soon as one of the hands is free."""
        with self._change:
            while self._busy >= self._number:
                self._change.wait()
            self._busy += 1
        _mine.hands, _mine.is_away = self, False
        try:
            yield
        finally:
            come_back()
            _mine.hands = None
            self._let_go()

    def _let_go(self) -> None:
        with self._change:
            self._busy -= 1
            self._change.notify()

    def _take(self) -> None:
        with self._change:
            self._busy += 1


_mine = _Mine()


def leave() -> None:
    """From here on this thread waits; it says so when it goes on."""
    if _mine.hands is not None and not _mine.is_away:
        _mine.is_away = True
        _mine.hands._let_go()


def come_back() -> None:
    """This thread computes again, if it was away."""
    if _mine.hands is not None and _mine.is_away:
        _mine.is_away = False
        _mine.hands._take()


@contextmanager
def away() -> Iterator[None]:
    """As long as the block lasts, this thread waits for something else than the processor."""
    was_away = _mine.is_away
    leave()
    try:
        yield
    finally:
        if not was_away:
            come_back()
