"""Mutants of time: whose clock decides, and at which moment."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def trusts_its_own_clock() -> None:
    """Each process decides by the clock of its own machine."""
    from app.clock import Clock

    Clock.now = lambda _: datetime.now(UTC)  # type: ignore[method-assign]


def closes_late() -> None:
    """The closing minute is read as if it were three seconds away."""
    from app.domain import deadlines

    strict = deadlines.allows

    def lenient(window: deadlines.Window, now: datetime, *, begun_at: datetime) -> bool:
        late = timedelta(seconds=3)
        return strict(window, now - late, begun_at=begun_at - late)

    deadlines.allows = lenient
