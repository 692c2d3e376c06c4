"""What was acknowledged survives `kill -9`: real processes, driven over HTTP."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from tests.faults.office import Office
from tests.server import Server

KILLS_OF_EVERYTHING = 3
KILLS_OF_THE_WEB_PROCESS = 22


def one_kill(server: Server, offices: list[Office], kill: Callable[[], None], *, seconds: float) -> None:
    """Let the offices work, take the server away under them, bring it back, and look for what it had acknowledged."""
    threads = [threading.Thread(target=office.work, daemon=True) for office in offices]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    kill()
    for office, thread in zip(offices, threads, strict=True):
        office.going = False
        thread.join(timeout=30)
        office.going = True
    server.wait_until_ready()
    for office in offices:
        office.check()
        office.go_on()


def nothing_is_lost(server: Server, *, of_everything: int, of_the_web_process: int) -> None:
    """Kill again and again on the same data, and count."""
    began, offices = time.monotonic(), []

    def kill_everything() -> None:
        server.kill()
        server.start()

    server.start() if of_everything else server.start_web()
    offices = [Office(server.port, indicator) for indicator in ("QP-1", "QP-2", "QP-3")]
    for _ in range(of_everything):
        one_kill(server, offices, kill_everything, seconds=random.uniform(0.3, 1.0))  # noqa: S311 - no secret
    if of_everything:
        assert " 0 faults" in server.command("verify"), "something listed does not download"
        server.kill()
        server.start_web()
    for _ in range(of_the_web_process):
        one_kill(server, offices, server.kill_web_process, seconds=random.uniform(0.2, 0.8))  # noqa: S311
    assert " 0 faults" in server.command("verify"), "something listed does not download"
    acknowledged = sum(office.acknowledged for office in offices)
    assert {status for office in offices for status in office.statuses} <= {200, 201, 204, 409}
    kills = of_everything + of_the_web_process
    assert acknowledged > 2 * kills
    print(f"{kills} kills, {acknowledged} acknowledged, 0 lost, {time.monotonic() - began:.0f} s")


def test_nothing_acknowledged_is_lost_over_twenty_five_times_kill_9(installed):
    """F1–F3 of the fault table: mid-save, mid-upload at once and in parts, mid-deletion."""
    nothing_is_lost(installed(), of_everything=KILLS_OF_EVERYTHING, of_the_web_process=KILLS_OF_THE_WEB_PROCESS)


@pytest.mark.parametrize(
    ("mutant", "noticed"),
    [
        ("commits_a_moment_later", "lost|not listed|is back|not known"),
        pytest.param(
            *("parts_in_memory", "parts of an upload are lost|cannot go on"),
            marks=pytest.mark.only_small("how the folder writes a part; of S3 `test_store_away` knows the like"),
        ),
    ],
)
def test_the_kills_show_a_server_that_answers_too_early(installed, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        nothing_is_lost(installed(mutant), of_everything=0, of_the_web_process=12)
