"""Saving, uploading, listing, opening, starting and the rush before a deadline, beside stock Flask-AppBuilder and Django's admin:
`python -m benchmarks.web`.

All systems serve at the same time and are asked in turn, so that what else the machine does falls on each of them; the CPU of their
processes and of the database's is counted, that of the clients is not. Leaves `results/web.json`."""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import create_engine, text

from benchmarks import bed, measuring, web_overload, web_rush
from benchmarks.web_clients import OUR_ROUND, Ours, Web, pdf
from benchmarks.web_systems import DATABASES, EMES, KINDS, PROCESSES, THREADS, Databases, Size, System

RESULTS = Path(__file__).parent / "results" / "web.json"
MEBIBYTE = 1024 * 1024
# Operations of each round of W1, W2 with 1 and 50 MiB, W3 and W4.
COUNTS = {"W1": 60, "W2": 20, "W2-50": 3, "W3": 20, "W4": 60}
SIZES = {"W2": MEBIBYTE, "W2-50": 50 * MEBIBYTE}
_IDLE_SECONDS = 3
# Operations before the first that counts: caches of both serving processes are filled as they are in the second minute of a day, and the
# database has planned on each connection what is asked of it, which PostgreSQL does anew for the first ten times.
_WARMING = {"W1": 64, "W2": 48, "W3": 48, "W4": 64}
# How many times the clients of the rush come when more come than can be served: more than may wait.
_CROWD = 2.4
# Reports that the rush leaves alone.
_FIRST_REPORT = 1_000
_CLIENTS_OF_W2 = 40


class Bench:
    """A client of each kind of work at one system."""

    def __init__(self, system: System, people: Sequence[Web], centre: Web) -> None:
        self.system, self.people, self.centre = system, people, centre
        self.turn = 0
        self._is_warm: set[str] = set()

    def _next(self) -> Web:
        self.turn += 1
        return self.people[self.turn % len(self.people)]

    async def once(self, operation: str, content: bytes) -> None:
        if operation == "W1":
            await self._next().save()
        elif operation == "W3":
            await self.centre.list_reports()
        elif operation == "W4":
            await self._next().open_report()
        else:
            self.turn += 1
            # Reports take few files each: the next one is asked after each upload.
            client = self.people[self.turn % len(self.people)]
            await client.upload(content, f"measured-{self.turn}")

    async def measure(self, operation: str, times: int) -> dict[str, Any]:
        """CPU milliseconds of one operation, of the application and of the database, and how long it took."""
        contents = [pdf(SIZES[operation]) if operation in SIZES else b"" for _ in range(times)]
        for _ in range(1 if operation in self._is_warm else _WARMING.get(operation, 1)):
            await self.once(operation, contents[0])
        self._is_warm.add(operation)
        before, seconds = self.system.cpu(), []
        for content in contents:
            began = time.perf_counter()
            await self.once(operation, content)
            seconds.append(time.perf_counter() - began)
        after = self.system.cpu()
        return {name: (after[name] - before[name]) * 1000 / times for name in after} | {"seconds": seconds}


def together(rounds: Sequence[dict[str, Any]]) -> dict[str, float]:
    """The median of the rounds; of the wall times the middle and the 95th of a hundred of all."""
    seconds = [one for found in rounds for one in found["seconds"]]
    cpu = [found["application"] + found["database"] for found in rounds]
    return {
        "cpu_ms": statistics.median(cpu),
        "application_ms": statistics.median(found["application"] for found in rounds),
        "database_ms": statistics.median(found["database"] for found in rounds),
        "cpu_least_ms": min(cpu),
        "cpu_most_ms": max(cpu),
        "p50_ms": statistics.median(seconds) * 1000,
        "p95_ms": statistics.quantiles(seconds, n=20, method="inclusive")[-1] * 1000,
        "operations": len(seconds),
    }


def floor(folder: Path, size: int, times: int) -> dict[str, float]:
    """Hashing bytes and writing them durably, in a process that does nothing else: CPU milliseconds of one file."""
    contents = [pdf(size) for _ in range(times)]
    folder.mkdir(exist_ok=True)
    before = resource.getrusage(resource.RUSAGE_SELF)
    for number, content in enumerate(contents):
        path = folder / f"{number}.bin"
        with path.open("wb") as file:
            hashlib.sha256(content).hexdigest()
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    after = resource.getrusage(resource.RUSAGE_SELF)
    for path in folder.iterdir():
        path.unlink()
    return {"cpu_ms": (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000 / times}


async def _benches(systems: Sequence[System], stack: AsyncExitStack) -> list[Bench]:
    found = []
    for system in systems:
        first = min(_FIRST_REPORT, system.size.areas * system.size.indicators // 2)
        people = await stack.enter_async_context(web_rush.clients(system, _CLIENTS_OF_W2, first))
        centre = people[0]
        if system.kind is EMES:
            session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)))
            centre = Ours(session, system.url, 0)
            await centre.sign_in_as_centre()
        found.append(Bench(system, people, centre))
    return found


async def operations(systems: Sequence[System], counts: dict[str, int], repeat: int) -> dict[str, dict[str, Any]]:
    """Each operation of each system, in turn: operation → title of the system → figures."""
    rounds: dict[str, dict[str, list[Any]]] = {name: {system.title: [] for system in systems} for name in counts}
    floors: dict[str, list[dict[str, float]]] = {name: [] for name in counts if name in SIZES}
    async with AsyncExitStack() as stack:
        benches = await _benches(systems, stack)
        for _ in range(repeat):
            for name, times in counts.items():
                for bench in benches:
                    rounds[name][bench.system.title].append(await bench.measure(name, times))
                if name in floors:
                    floors[name].append(floor(systems[0].databases.folder / "floor", SIZES[name], times))
    found: dict[str, dict[str, Any]] = {
        name: {title: together(rounds_of) for title, rounds_of in by_title.items()} for name, by_title in rounds.items()
    }
    for name, costs in floors.items():
        found[name]["floor"] = {"cpu_ms": statistics.median(cost["cpu_ms"] for cost in costs)}
    return found


def start_all(systems: Sequence[System]) -> dict[str, dict[str, Any]]:
    """W6: how long each takes to its first answer, and what its serving processes then hold."""
    found: dict[str, dict[str, Any]] = {}
    for system in systems:
        system.start()  # compiles, as an installation does once
        system.stop()
        seconds = system.start()
        time.sleep(_IDLE_SECONDS)
        found[system.title] = {"first_answer_seconds": seconds, "worker_mib": system.worker_mib()}
        print(f"{system.title}: {seconds:.1f} s, {max(found[system.title]['worker_mib']):.0f} MiB", flush=True)
    return found


def learn(system: System) -> None:
    """Which offices the round that is worked in has, and its number, from the database of the project."""
    engine = create_engine(system.environment(system.name)["EMES_DATABASE_URL"])
    with engine.connect() as connection:
        Ours.listed_round = connection.execute(
            text("SELECT id FROM round WHERE code = :code"), {"code": OUR_ROUND}
        ).scalar_one()
        areas = connection.execute(
            text("SELECT code FROM area WHERE active ORDER BY sort_order LIMIT :most"), {"most": system.size.areas}
        )
        Ours.offices, Ours.indicators = [code for (code,) in areas], system.size.indicators
    engine.dispose()


def main(arguments: Sequence[str]) -> int:
    """Measure as asked, print, and leave the figures. Ends with 1 where something acknowledged is lost or anybody met an error."""
    asked = _asked(arguments)
    asked.data.mkdir(parents=True, exist_ok=True)
    size = Size(asked.rounds, asked.areas, asked.indicators)
    kinds = [kind for kind in KINDS if kind is EMES or not asked.no_peers]
    with ExitStack() as until_then:
        databases = Databases(asked.data)
        until_then.callback(databases.close)
        systems = [System(kind, database, databases, size) for database in asked.databases for kind in kinds]
        for system in systems:
            system.prepare()
            until_then.callback(system.stop)
        learn(systems[0])
        found = measuring.circumstances() | _setting(size)
        found["start"] = start_all(systems)
        counts = {name: max(2, round(times * asked.share)) for name, times in COUNTS.items()}
        found["operations"] = asyncio.run(operations(systems, counts, asked.repeat))
        print(json.dumps(found["operations"], indent=1, ensure_ascii=False), flush=True)
        found["rush"] = {}
        _leave(found, asked.out)
        for system in systems:
            system.stop()
        for system in [] if asked.no_rush else systems:
            found["rush"][system.title] = _rush(system, asked)
            _leave(found, asked.out)
    return int(any(is_bad(one) for title, one in found["rush"].items() if title.startswith(EMES.name)))


def _setting(size: Size) -> dict[str, Any]:
    versions = {}
    for name in ("flask-appbuilder", "sqlalchemy", "gunicorn", "psycopg"):
        done = subprocess.run([sys.executable, "-m", "pip", "show", name], capture_output=True, text=True, check=False)
        versions[name] = next((line.split()[1] for line in done.stdout.splitlines() if line.startswith("Version:")), "")
    return {"reports": size.reports, "processes": PROCESSES, "threads": THREADS, "versions": versions}


def _leave(found: dict[str, Any], out: Path) -> None:
    """What was found so far: a run takes long."""
    found["load_after"] = f"{os.getloadavg()[0]:.1f}"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _rush(system: System, asked: argparse.Namespace) -> dict[str, Any]:
    """One system alone."""
    system.start()
    found = asyncio.run(web_rush.rush(system, asked.clients, asked.seconds, asked.per_second))
    if system.kind is EMES:
        found |= asyncio.run(_beyond(system, asked, found["closed"]["per_second"]))
    system.stop()
    print(system.title, json.dumps(found, indent=1), flush=True)
    return found


async def _beyond(system: System, asked: argparse.Namespace, reachable: float) -> dict[str, Any]:
    """More than it can serve, by people who each need an answer before they ask again; and its database taken away."""
    crowd, most = round(asked.clients * _CROWD), asked.areas * asked.indicators
    found = {"overload": await web_overload.overload(system, min(crowd, most), reachable, asked.seconds, 0)}
    if system.database == "postgresql":
        found["restarted"] = await web_overload.restarted(system, asked.clients, asked.seconds, 0)
    return found


def is_bad(found: dict[str, Any]) -> bool:
    """Whether anybody met an error, or something acknowledged is lost."""
    stages = [found[name] for name in ("closed", "open", "overload", "restarted") if name in found]
    backs = [one["read_back"] for one in (found, *stages) if "read_back" in one]
    errors = sum(stage["errors"] for stage in stages)
    return bool(errors or any(back["saves_lost"] or back["uploads_lost"] for back in backs))


def _asked(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=bed.FOLDER / "web", help="folder of databases and environments")
    parser.add_argument("--databases", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--rounds", type=int, default=Size.rounds)
    parser.add_argument("--areas", type=int, default=Size.areas)
    parser.add_argument("--indicators", type=int, default=Size.indicators)
    parser.add_argument("--repeat", type=int, default=3, help="interleaved rounds of W1 to W4")
    parser.add_argument("--share", type=float, default=1.0, help="of the usual number of operations in each round")
    parser.add_argument("--no-peers", action="store_true", help="the project alone")
    parser.add_argument("--no-rush", action="store_true", help="without W7")
    parser.add_argument("--clients", type=int, default=500, help="of W7")
    parser.add_argument("--seconds", type=float, default=60, help="of each loop of W7")
    parser.add_argument("--per-second", type=float, default=96, help="requests that begin in the open loop")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures are left as JSON")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
