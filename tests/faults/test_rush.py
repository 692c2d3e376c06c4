"""The rush before a deadline: more people than can be served at once, and the database restarted in the middle of it. W7 of the benchmarks
is the same with five hundred."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.faults.office import Office
from tests.faults.restarted import PostgreSQL
from tests.server import Client, Server

PLACES = {"reporter.p-cpm-3": "P-CPM-3", "reporter.p-cpm-2": "P-CPM-2", "reporter.s-bkk-1": "S-BKK-1"}
# So many are worked on, and so many may wait; forty come.
CROWDED = {"EMES_WEB_THREADS": "4", "EMES_WEB_WAITING": "20"}
THREADS, READERS_AN_OFFICE = 32, 3
RUSH_SECONDS, MUTANT_SECONDS = 12.0, 4.0
MOST_WAIT_SECONDS, MOST_RECOVERY_SECONDS = 30.0, 10.0


@dataclass
class Rush:
    """Everybody at once, each at a report of their own, saving, reading and attaching without a pause."""

    server: Server
    offices: list[Office] = field(default_factory=list)
    waits: list[tuple[float, float, int]] = field(default_factory=list)  # when it ended, how long it took, the status
    faults: list[BaseException] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, area in PLACES.items():
            person = Client(self.server.port).sign_in(name)
            home = f"/reports/2566-6/{area}"
            reports = set(re.findall(rf'href="{home}/(QP-[A-Z0-9]+)"', person.request("GET", f"{home}/")[1].decode()))
            for place, indicator in enumerate(sorted(reports)):
                self._join(self._browser_of(person), area, indicator)
                if place < READERS_AN_OFFICE:
                    reader = self._join(self._browser_of(person), area, indicator)
                    reader.deeds = [self._reading(reader)]

    def _browser_of(self, person: Client) -> Client:
        client = Client(self.server.port)
        client.cookies, client.token = dict(person.cookies), person.token
        return client

    def _join(self, client: Client, area: str, indicator: str) -> Office:
        office = Office(client, indicator, f"/reports/2566-6/{area}")
        office.pause_seconds = 0.3
        save, attach, read = office.deeds[0], office.deeds[1], self._reading(office)
        office.deeds = [save, read] * 4 + [attach]
        request = client.request

        def timed(*words: object, **more: str) -> tuple[int, bytes, dict[str, str]]:
            began = time.monotonic()
            answer = request(*words, **more)  # type: ignore[arg-type]
            self.waits.append((time.monotonic(), time.monotonic() - began, answer[0]))
            return answer

        client.request = timed  # type: ignore[method-assign]
        self.offices.append(office)
        return office

    @staticmethod
    def _reading(office: Office) -> Callable[[int], None]:
        def read(_: int) -> None:
            office.client.request("GET", office.report)
            office._noted(office.client.status)

        return read

    def _work(self, office: Office) -> None:
        try:
            office.work(until_broken=False)
        except BaseException as fault:
            self.faults.append(fault)

    def last(self, seconds: float, meanwhile: Callable[[], None] = lambda: None) -> None:
        """So long, with something happening after a third of it."""
        threads = [threading.Thread(target=self._work, args=[office], daemon=True) for office in self.offices]
        for thread in threads:
            thread.start()
        time.sleep(seconds / 3)
        meanwhile()
        time.sleep(seconds * 2 / 3)
        for office in self.offices:
            office.going = False
        for thread in threads:
            thread.join(timeout=60)

    def check(self) -> str:
        """Raise AssertionError where anybody was not answered as they should be, waited too long, or misses what was acknowledged."""
        statuses: dict[int, int] = {}
        for office in self.offices:
            for status, count in office.statuses.items():
                statuses[status] = statuses.get(status, 0) + count
        assert not self.faults, f"a client met {self.faults[0]!r}"
        assert set(statuses) <= {200, 201, 204, 409, 503}, f"answers {statuses}"
        longest = max(seconds for _, seconds, _ in self.waits)
        assert longest <= MOST_WAIT_SECONDS, f"somebody waited {longest:.0f} s"
        for office in self.offices:
            office.check()
        return f"answers {statuses}, the longest took {longest:.1f} s, {sum(one.acknowledged for one in self.offices)} acknowledged, 0 lost"


def bears_a_restart_in_the_rush(server: Server, postgresql: PostgreSQL, seconds: float) -> None:
    rush, process, away = Rush(server), server.web_process(), []
    assert len(rush.offices) >= 40

    def restart() -> None:
        away.extend([postgresql.restart(), time.monotonic()])

    rush.last(seconds, restart)
    said = rush.check()
    assert any(status == 503 for _, _, status in rush.waits), "nobody was refused: it was no rush"
    again = min(ended for ended, took, status in rush.waits if status < 300 and ended - took > away[1] - away[0]) - away[1]
    assert again <= MOST_RECOVERY_SECONDS, f"in use again only after {again:.1f} s"
    assert server.web_process() == process, "the server was restarted"
    assert " 0 faults" in server.command("verify")
    print(f"{len(rush.offices)} people, PostgreSQL away {away[0]:.1f} s, in use again after {max(again, 0):.1f} s: {said}")


@pytest.fixture
def crowded(on_postgresql: Callable[..., Server]) -> Callable[..., Server]:
    """Makes a server that forty people are more than enough for."""
    return lambda mutant=None: on_postgresql(mutant, threads=THREADS, **CROWDED)


def test_nothing_is_lost_when_postgresql_is_restarted_in_the_middle_of_the_rush(crowded, postgresql):
    """F7 of the fault table under W7: whoever comes beyond those who may wait is refused in words."""
    bears_a_restart_in_the_rush(crowded(), postgresql, RUSH_SECONDS)


@pytest.mark.parametrize(
    ("mutant", "noticed"),
    [
        ("busy_is_taken_for_saved", "lost|not listed|a client met|answers"),
        ("sends_away_without_a_word", "503 without"),
    ],
)
def test_the_rush_shows_a_server_that_says_it_saved_or_sends_people_away_without_a_word(crowded, postgresql, mutant, noticed):
    with pytest.raises(AssertionError, match=noticed):
        bears_a_restart_in_the_rush(crowded(mutant), postgresql, MUTANT_SECONDS)
