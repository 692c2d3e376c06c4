"""Fifty clients across the closing second, at two processes whose clocks differ by 75 seconds: both decide alike."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from tests.server import Client, Server

CLIENTS = 50
OFFICES = ("P-CPM-3", "P-CPM-2", "S-BKK-1")
INDICATORS = ("QP-1", "QP-2", "QP-3", "QP-4", "QP-5", "QP-7", "QP-8", "QP-9", "QP-10")
FIELDS = ("problems", "reporter_name")
AHEAD = "+75s"
LEAD_SECONDS, AFTER_SECONDS = 5, 3
TOLERANCE = 0.25


@dataclass
class Officer:
    """One client, saving the same field again and again, and what was answered when."""

    client: Client
    report: str
    key: str
    answers: list[tuple[float, float, int]] = field(default_factory=list)
    stored: str | None = None
    version: int = 0

    def work(self, until: float) -> None:
        number = 0
        while time.time() < until:
            number += 1
            text, sent = f"ข้อความที่ {number}", time.time()
            status, answer = self.client.save(self.report, **{self.key: (text, self.version)})
            self.answers.append((sent, time.time(), status))
            if status == 200:
                self.version, self.stored = answer["fields"][self.key]["version"], text
            elif status == 409 and "conflicts" in answer:
                self.version = answer["conflicts"][self.key]["version"]
                self.answers.pop()


class TwoHosts:
    """One database, two processes that serve it; the second one's clock runs ahead."""

    def __init__(self, make: Callable[..., Server], postgresql_url: str, mutant: str | None) -> None:
        base, _, query = postgresql_url.partition("?")
        name = f"closing_{os.urandom(4).hex()}"
        self.url = f"{base.rpartition('/')[0]}/{name}?{query}"
        with psycopg.connect(postgresql_url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        (library,) = Path("/usr/lib").glob("*/faketime/libfaketime.so.1")
        self.right = make(mutant, EMES_DATABASE_URL=self.url)
        self.right.command("init")
        skew = {"LD_PRELOAD": str(library), "FAKETIME": AHEAD, "NO_FAKE_STAT": "1", "FAKE_UTIME": "0"}
        self.ahead = make(mutant, folder=self.right.folder, EMES_DATABASE_URL=self.url, **skew)

    def start(self) -> None:
        for server in (self.right, self.ahead):
            server.start_web(threads=32)

    def close_in(self, seconds: float) -> float:
        """Let the round close so many seconds from now, without grace. Answers the moment."""
        closes_at = time.time() + seconds
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute(
                "UPDATE round SET closes_at = %s, due_at = NULL, reminds_at = NULL, grace_minutes = 0 WHERE code = '2566-6'",
                [datetime.fromtimestamp(closes_at, UTC)],
            )
        return closes_at


def officers(hosts: TwoHosts) -> list[Officer]:
    """Half at each process; each has a report and a field for itself."""
    found = []
    for server in (hosts.right, hosts.ahead):
        signed_in = {office: Client(server.port).sign_in(f"reporter.{office.lower()}") for office in OFFICES}
        places = [(office, indicator) for office in OFFICES for indicator in INDICATORS][: CLIENTS // 2]
        for office, indicator in places:
            client = Client(server.port)
            client.cookies, client.token = dict(signed_in[office].cookies), signed_in[office].token
            key = FIELDS[server is hosts.ahead]
            found.append(Officer(client, f"/reports/2566-6/{office}/{indicator}", key))
    return found


def both_decide_alike(hosts: TwoHosts) -> None:
    everybody = officers(hosts)
    closes_at = hosts.close_in(LEAD_SECONDS)
    threads = [threading.Thread(target=one.work, args=[closes_at + AFTER_SECONDS]) for one in everybody]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    half = len(everybody) // 2
    for who, some in (("the right clock", everybody[:half]), ("the clock ahead", everybody[half:])):
        answers = [answer for one in some for answer in one.answers]
        taken = [(sent, done) for sent, done, status in answers if status == 200]
        refused = [(sent, done) for sent, done, status in answers if status == 409]
        assert {status for _, _, status in answers} <= {200, 409}
        assert taken, f"{who}: nothing was taken"
        assert refused, f"{who}: nothing was refused"
        late = max(sent for sent, _ in taken) - closes_at
        early = closes_at - min(done for _, done in refused)
        assert late < TOLERANCE, f"{who}: taken {late:.2f} s after closing"
        assert early < TOLERANCE, f"{who}: refused {early:.2f} s before closing"
        print(f"{who}: {len(taken)} taken, {len(refused)} refused, last sent {late:+.3f} s, first refused {-early:+.3f} s")
    pages = dict.fromkeys({one.report for one in everybody}, everybody[0].client)
    for one in everybody:
        if one.stored is not None and one.key == "problems":
            owner = next(other.client for other in everybody if other.report == one.report)
            assert one.stored.encode() in owner.request("GET", one.report)[1], "what was taken is not there"
    assert len(pages) == half


@pytest.fixture
def two_hosts(installed: Callable[..., Server], postgresql_url: str) -> Iterator[Callable[..., TwoHosts]]:
    def make(mutant: str | None = None) -> TwoHosts:
        hosts = TwoHosts(installed, postgresql_url, mutant)
        hosts.start()
        return hosts

    yield make


def test_two_processes_whose_clocks_differ_by_75_seconds_close_at_the_same_second(two_hosts):
    """T16 and F13: accepted means sent in time, refused means that the minute had come, at both."""
    both_decide_alike(two_hosts())


@pytest.mark.parametrize(
    ("mutant", "noticed"),
    [("trusts_its_own_clock", "the clock ahead: (nothing was taken|refused)"), ("closes_late", "taken .* after closing")],
)
def test_the_closing_second_shows_a_server_that_reads_the_wrong_clock(two_hosts, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        both_decide_alike(two_hosts(mutant))
