"""Only a few threads compute at once; who waits for something else lets others begin, and never waits to go on."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sqlalchemy import text

from app import hands
from app.extensions import db
from app.hands import Hands

on_both_databases = True


def _begin(*works: Callable[[], None]) -> list[threading.Thread]:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    return threads


class Work:
    """One that computes, until it is told to wait elsewhere or to end."""

    def __init__(self, of: Hands) -> None:
        self.of = of
        self.began, self.is_back = threading.Event(), threading.Event()
        self.goes_away, self.comes_back, self.ends = threading.Event(), threading.Event(), threading.Event()

    def __call__(self) -> None:
        with self.of.at_work():
            self.began.set()
            if self.goes_away.wait(0 if self.ends.is_set() else 5):
                with hands.away():
                    self.comes_back.wait(5)
                self.is_back.set()
            self.ends.wait(5)


def _end(*works: Work) -> None:
    for work in works:
        work.ends.set()
        work.goes_away.set()
        work.comes_back.set()


def test_who_waits_elsewhere_lets_another_begin_and_goes_on_beside_it():
    of = Hands(1)
    first, second, third = Work(of), Work(of), Work(of)
    threads = _begin(first)
    assert first.began.wait(5)
    threads += _begin(second)
    assert not second.began.wait(0.1), "one hand computes one thing"
    first.goes_away.set()
    assert second.began.wait(5)
    first.comes_back.set()
    assert first.is_back.wait(5), "it may hold what the others wait for"
    threads += _begin(third)
    _end(first)
    assert not third.began.wait(0.1), "the second one still computes"
    _end(second)
    assert third.began.wait(5)
    _end(third)
    for thread in threads:
        thread.join(5)
    assert of._busy == 0


def test_what_is_thrown_away_from_the_desk_leaves_no_hand_taken():
    of = Hands(1)
    for _ in range(3):
        try:
            with of.at_work(), hands.away(), hands.away():
                raise OSError
        except OSError:
            assert of._busy == 0


def test_a_thread_without_a_desk_waits_as_it_likes():
    with hands.away():
        hands.leave()
        hands.come_back()


def test_who_waits_for_the_right_to_write_lets_another_begin(app, monkeypatch):
    """The lock of SQLite, a row of PostgreSQL: as long as the statement lasts the hand is free."""
    seen: list[int] = []
    of = Hands(1)
    let_go = Hands._let_go

    def noted(self: Hands) -> None:
        let_go(self)
        seen.append(self._busy)

    monkeypatch.setattr(Hands, "_let_go", noted)
    with app.app_context(), of.at_work():
        db.session.connection(execution_options={"writing": True})
        if db.engine.dialect.name == "postgresql":
            db.session.execute(text("SELECT id FROM round ORDER BY id LIMIT 1 FOR UPDATE"))
        assert seen == [0]
        assert of._busy == 1, "it computes again"
        db.session.rollback()
    assert of._busy == 0
