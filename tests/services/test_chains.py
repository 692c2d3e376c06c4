"""Many write to the record at once: no chain forks, none waits in a ring, no number is left out."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

from flask import Flask

from app.domain.access import Actor
from app.extensions import db
from app.models import Change
from app.services import record
from tests.cli.running import well
from tests.conftest import NOW
from tests.services.doing import area_id_of, doing, looking

on_both_databases = True
THREADS, CHANGES = 8, 20


def write_at_once(app: Flask, offices: list[list[int]]) -> None:
    """Each thread writes again and again, every time to these offices in an order of its own."""

    def write(thread: int) -> None:
        order = random.Random(thread)  # noqa: S311 - only an order
        for number in range(CHANGES):
            mine = list(offices[thread % len(offices)])
            order.shuffle(mine)
            with doing(app):
                for office in mine:
                    record.change(Actor(None, name=f"{thread}"), f"x:{thread}", f"{number}", now=NOW, area_id=office)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(write, range(THREADS)))


def sequences(app: Flask, office: int) -> list[int]:
    with looking(app):
        return [row.sequence for row in db.session.query(Change).filter_by(chain=office).order_by(Change.sequence)]


def test_a_chain_that_many_write_to_at_once_has_no_fork_and_no_gap(app):
    office = area_id_of(app, "P-CPM-3")
    write_at_once(app, [[office]])
    assert sequences(app, office) == list(range(1, THREADS * CHANGES + 1))
    assert "0 faults" in well(app, "verify")[-1]


def test_writing_crosswise_to_two_chains_ends_and_leaves_both_whole(app):
    offices = [area_id_of(app, code) for code in ("P-CPM-3", "P-CPM-2")]
    write_at_once(app, [offices, offices[::-1], offices[:1], offices[1:]])
    for office in offices:
        assert sequences(app, office) == list(range(1, THREADS * CHANGES * 3 // 4 + 1))
    assert "0 faults" in well(app, "verify")[-1]
