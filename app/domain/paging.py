"""Pages of a list: how many there are, and which of them is shown."""

from __future__ import annotations


def pages(count: int, size: int) -> int:
    """How many pages of `size` rows `count` rows make; a list without rows has one."""
    return max(1, -(-count // size))


def within(page: int, count: int, size: int) -> int:
    """The page asked for, counted from 1; the first or the last one where there is no such page."""
    return max(1, min(page, pages(count, size)))
