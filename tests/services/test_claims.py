"""Claims: one at a time over processes, on either database, gone with the process that held it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.claims import claim

on_both_databases = True
ROOT = Path(__file__).parents[2]
HOLDS = """
import sys, time
from app import create_app
from app.claims import claim
app = create_app({"SQLALCHEMY_DATABASE_URI": sys.argv[1]})
with app.app_context(), claim("work") as is_mine:
    print(is_mine, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _inside(app):
    with app.app_context():
        yield


def other_process(app) -> subprocess.Popen[str]:
    """Another process of this installation that claims the work and keeps it."""
    environment = os.environ | {"EMES_DATA_DIR": str(app.config["EMES_DATA_DIR"])}
    words = [sys.executable, "-c", HOLDS, app.config["SQLALCHEMY_DATABASE_URI"]]
    return subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def test_of_two_that_claim_the_same_one_works_and_what_is_named_otherwise_is_free():
    with claim("work") as first, claim("work") as second, claim("other work") as other:
        assert (first, second, other) == (True, False, True)
    with claim("work") as again:
        assert again


def test_a_fault_in_the_work_frees_the_claim():
    with pytest.raises(ZeroDivisionError), claim("work"):
        _ = 1 / 0
    with claim("work") as again:
        assert again


def test_a_claim_is_seen_by_other_processes_and_dies_with_the_one_that_is_killed(app):
    process = other_process(app)
    try:
        assert process.stdout is not None and process.stdout.readline().strip() == "True"
        with claim("work") as is_mine:
            assert not is_mine
        process.send_signal(signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 5
        while time.monotonic() < until:
            with claim("work") as is_mine:
                if is_mine:
                    return
            time.sleep(0.05)
        raise AssertionError("the claim outlives its process")
    finally:
        process.kill()
        process.wait()


def test_many_who_claim_at_once_never_hold_it_together(app):
    inside, most, taken = [0], [0], [0]
    count = threading.Lock()

    def work() -> None:
        with app.app_context():
            for _ in range(40):
                with claim("work") as is_mine:
                    if is_mine:
                        with count:
                            inside[0] += 1
                            taken[0] += 1
                            most[0] = max(most[0], inside[0])
                        time.sleep(0.0005)
                        with count:
                            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] and taken[0] > 4
