"""W7 beyond what can be served: twice as many requests as were reachable, the time until it is well again, and PostgreSQL restarted in the
middle of the rush. The project alone is asked.

A refusal is polite where it is 429 or 503, says so in Thai and when to come again; anything else that is not what was asked is an error."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks import web_rush
from benchmarks.web_clients import Refused, Web
from benchmarks.web_systems import System, tree

TIMES = 2.0
# Of what was reachable: what is asked when the load has fallen.
CALM_SHARE = 0.4
MOST_WAIT_SECONDS = 30.0
WELL_SECONDS = 1.0  # p95 of everything in a second
_WINDOW_SECONDS = 1.0
# It is waited for so many times as long as there was too much to do.
_CALM_TIMES = 1.5
_BROKEN = (aiohttp.ClientError, TimeoutError, OSError)


@dataclass
class Answers:
    """What became of requests: when each ended, how long it took, and which way it went."""

    ended: list[tuple[float, float, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    nobody_free: int = 0

    async def ask(self, client: Web, operation: str) -> str:
        """One operation. Answers `done`, `refused`, `again` for what turned out to be stored already, or `error`."""
        began = time.perf_counter()
        try:
            await web_rush.operate(client, operation)
            way = "done"
        except Refused as fault:
            way = "refused" if fault.is_polite else "again" if fault.status == 409 else "error"
            if way == "again":
                way = await self._learn(client)
            elif way == "error":
                self.faults.append(f"{operation}: {fault}"[:300])
        except _BROKEN as fault:
            way = "error"
            self.faults.append(f"{operation} {type(fault).__name__}: {fault}"[:300])
        ended = time.perf_counter()
        self.ended.append((ended, ended - began, way))
        return way

    async def _learn(self, client: Web) -> str:
        """Somebody else's turn of the same report went through without a word: look at it as a page does."""
        try:
            await client.begin()
        except Refused as fault:
            return "refused" if fault.is_polite else "error"
        except _BROKEN:
            return "error"
        return "again"

    def counted(self) -> dict[str, Any]:
        ways = [way for _, _, way in self.ended]
        done = [seconds for _, seconds, way in self.ended if way in ("done", "again")]
        refused = [seconds for _, seconds, way in self.ended if way == "refused"]
        return {
            "done": len(done),
            "refused": len(refused),
            "errors": ways.count("error"),
            "first_errors": self.faults[:3],
            "nobody_free": self.nobody_free,
            "longest_wait_seconds": max((seconds for _, seconds, _ in self.ended), default=0.0),
            "done_p95_ms": _p95(done) * 1000,
            "refused_p95_ms": _p95(refused) * 1000,
        }


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1] if len(seconds) > 1 else (seconds[0] if seconds else 0.0)


class Crowd:
    """People of whom each does one thing at a time; requests begin at a pace, whatever became of those before."""

    def __init__(self, everybody: Sequence[Web]) -> None:
        self.free = list(everybody)
        self._chance = random.Random(2566)  # noqa: S311 - nothing secret
        self._running: set[asyncio.Task[None]] = set()

    async def come(self, answers: Answers, per_second: float, seconds: float) -> None:
        began = time.perf_counter()
        for number in range(int(seconds * per_second)):
            await asyncio.sleep(max(0.0, began + number / per_second - time.perf_counter()))
            if not self.free:
                answers.nobody_free += 1
                continue
            task = asyncio.create_task(self._one(self.free.pop(0), answers))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _one(self, client: Web, answers: Answers) -> None:
        await answers.ask(client, web_rush.operation(client, self._chance))
        self.free.append(client)

    async def gone(self) -> None:
        """Until everybody has an answer."""
        await asyncio.gather(*self._running)


async def overload(system: System, number: int, reachable: float, seconds: float, first: int) -> dict[str, Any]:
    """Twice what is reachable, then less of it until p95 is well again, and what was lost."""
    async with web_rush.clients(system, number, first) as everybody:
        crowd, pressed, calm = Crowd(everybody), Answers(), Answers()
        await crowd.come(pressed, TIMES * reachable, seconds)
        fell = time.perf_counter()
        well_after = await _well_after(crowd, calm, CALM_SHARE * reachable, fell, max(6.0, _CALM_TIMES * seconds))
        await crowd.gone()
        found = pressed.counted() | {"asked_per_second": TIMES * reachable, "clients": number, "seconds": seconds}
        found |= {"calm": calm.counted(), "well_after_seconds": well_after}
        found["read_back"] = await web_rush.lost(system, everybody)
    return found


async def _well_after(crowd: Crowd, calm: Answers, per_second: float, fell: float, most: float) -> float | None:
    """After how many seconds everything that begins within one is answered well: p95 within the goal and nobody refused, for three seconds
    on end, of which the first counts."""
    well = 0
    while (at := time.perf_counter()) - fell < most:
        window = Answers()
        await crowd.come(window, per_second, _WINDOW_SECONDS)
        limit = at + _WINDOW_SECONDS + WELL_SECONDS - time.perf_counter()
        await asyncio.sleep(max(0.0, limit))
        asked = int(per_second * _WINDOW_SECONDS)
        done = [seconds for _, seconds, way in window.ended if way in ("done", "again")]
        calm.ended += window.ended
        calm.faults += window.faults
        is_well = len(done) >= 0.95 * asked and _p95(done) <= WELL_SECONDS
        well = well + 1 if is_well else 0
        if well == 1:
            since = at
        if well == 3:
            return since - fell
    return None


async def restarted(system: System, number: int, seconds: float, first: int) -> dict[str, Any]:
    """Everybody asks again as soon as an answer is there, and after a third of the time PostgreSQL goes down under them."""
    async with web_rush.clients(system, number, first) as everybody:
        answers, began = Answers(), time.perf_counter()
        assert system.process is not None  # noqa: S101 - it was started
        serving = tree(system.process.pid)

        async def work(client: Web) -> None:
            chance = random.Random(client.number)  # noqa: S311 - nothing secret
            while time.perf_counter() - began < seconds:
                if await answers.ask(client, web_rush.operation(client, chance)) == "refused":
                    await asyncio.sleep(1.0)  # a page waits for longer

        async def take_away() -> tuple[float, float]:
            await asyncio.sleep(seconds / 3)
            at = time.perf_counter()
            return at, await asyncio.to_thread(system.databases.restart)

        _, (at, away) = await asyncio.gather(asyncio.gather(*map(work, everybody)), take_away())
        found = answers.counted() | {"clients": number, "away_seconds": away, "recovery": _recovery(answers, at, away)}
        found["same_processes"] = tree(system.process.pid) == serving
        found["read_back"] = await web_rush.lost(system, everybody)
    return found


def _recovery(answers: Answers, at: float, away: float) -> dict[str, float | None]:
    """Counted from the moment at which the database was there again: the first answer, and p95 of a second's answers back at what it was."""
    before = [seconds for ended, seconds, way in answers.ended if way == "done" and ended < at]
    back = at + away
    done = sorted((ended, seconds) for ended, seconds, way in answers.ended if way == "done" and ended > at)
    first = next((ended - back for ended, seconds in done if ended - seconds > at), None)
    usual, second = _p95(before), None
    for number in range(int(max((ended for ended, _ in done), default=back) - back) + 1):
        within = [seconds for ended, seconds in done if number <= ended - back < number + 1]
        if within and _p95(within) <= max(usual, WELL_SECONDS):
            second = float(number)
            break
    return {"first_answer_seconds": first, "p95_back_after_seconds": second, "p95_before_ms": usual * 1000}
