"""Letters survive `kill -9` of the workers that make them: each is made, and none twice."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time

from tests.server import ROOT, Server

KILLS = 2
LETTERS = 60  # every office of the country gets one in tests/browser/test_whole_review.py
WORKERS = 2
PATIENCE = 600
DRAFT = """
from app import create_app
from tests import letters
with create_app().app_context():
    letters.reviewed_round(*letters.some_offices(LETTERS))
    letters.drafted()
"""


def made(server: Server) -> int:
    ((found,),) = server.rows("SELECT count(*) FROM letter WHERE state = 'made'")
    return int(found)


def start_worker(server: Server) -> subprocess.Popen[bytes]:
    with server.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "run", "worker"],
            cwd=ROOT,
            env=server.environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def kill(workers: list[subprocess.Popen[bytes]]) -> None:
    for worker in workers:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(timeout=10)


def until(server: Server, count: int, workers: list[subprocess.Popen[bytes]]) -> None:
    began = time.monotonic()
    while made(server) < count:
        assert time.monotonic() - began < PATIENCE, f"{made(server)} letters: {server.log.read_text()[-3000:]}"
        assert all(worker.poll() is None for worker in workers), server.log.read_text()[-3000:]
        time.sleep(0.1)


def test_all_letters_exist_exactly_once_though_their_workers_are_killed(installed):
    server = installed()
    subprocess.run(
        [sys.executable, "-c", DRAFT.replace("LETTERS", str(LETTERS))],
        cwd=ROOT,
        env=server.environment,
        check=True,
        timeout=120,
    )
    began = time.monotonic()
    for number in range(KILLS):
        workers = [start_worker(server) for _ in range(WORKERS)]
        until(server, 10 * (number + 1), workers)
        kill(workers)
    assert 20 <= made(server) < LETTERS, "they were killed in the middle"
    workers = [start_worker(server) for _ in range(WORKERS)]
    until(server, LETTERS, workers)
    kill(workers)
    print(f"{LETTERS} letters, {KILLS} kills of {WORKERS} workers, {time.monotonic() - began:.0f} s")

    rows = server.rows("SELECT storage_key, letter_number, code, attempts FROM letter")
    for place, name in enumerate(("file", "number", "check code")):
        assert len({row[place] for row in rows}) == LETTERS, f"a {name} twice"
    assert {row[3] for row in rows} == {0}
    said = server.command("verify")
    assert " 0 faults" in said
    orphans = int(re.search(r"(\d+) files that no row refers to", said).group(1))
    assert orphans <= KILLS * WORKERS, "at most what each killed worker had just put into the store"
