"""The rush before a deadline (W7): many signed-in clients who save, open and upload at once, and what became of all that was acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
import random
import statistics
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks.web_clients import Refused, Web, pdf
from benchmarks.web_systems import EMES, System

UPLOAD_BYTES = 1024 * 1024
# Of a hundred operations: saves, pages, uploads.
MIX = (("W1", 45), ("W4", 45), ("W2", 10))
# A report takes so few files; a client whose report is full opens it in place of one more.
_MOST_UPLOADS = 4
_PATIENCE_SECONDS = 300
_AT_ONCE = 16


@dataclass
class Told:
    """How long answers took by operation, in seconds, and what went wrong."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name, _ in MIX})
    errors: list[str] = field(default_factory=list)

    def figures(self, lasted: float) -> dict[str, Any]:
        """Operations per second, milliseconds at the middle, the 95th and the 99th of a hundred, of all and of each operation."""
        everything = [one for kind in self.seconds.values() for one in kind]
        found: dict[str, Any] = {
            "operations": len(everything),
            "per_second": len(everything) / lasted,
            "errors": len(self.errors),
            "first_errors": self.errors[:3],
        }
        for name, seconds in (("all", everything), *self.seconds.items()):
            if len(seconds) > 1:
                hundredths = statistics.quantiles(seconds, n=100, method="inclusive")
                found[name] = {f"p{place}_ms": hundredths[place - 1] * 1000 for place in (50, 95, 99)}
        return found


@asynccontextmanager
async def clients(system: System, number: int, first: int = 0) -> AsyncIterator[list[Web]]:
    """So many clients, each at a report of its own; those who are the same person share its cookies."""
    made: list[Web] = []
    jars: dict[int, aiohttp.CookieJar] = {}
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60)
    limit = aiohttp.ClientTimeout(total=_PATIENCE_SECONDS)
    sessions = []
    try:
        for one in range(first, first + number):
            person = system.kind.client.person(one)
            jar = jars.get(person)
            if jar is None:
                jar = jars[person] = aiohttp.CookieJar(unsafe=True)
            session = aiohttp.ClientSession(
                connector=connector, connector_owner=False, cookie_jar=jar, timeout=limit, auto_decompress=True
            )
            sessions.append(session)
            client = system.kind.client(session, system.url, one)
            if len(jars) > len({system.kind.client.person(other.number) for other in made}):
                await client.sign_in()
                await client.open_report()  # from here on the cookie carries what every token of this person belongs to
            made.append(client)
        await _some_at_once([client.begin() for client in made])
        yield made
    finally:
        for session in sessions:
            await session.close()
        await connector.close()


async def _some_at_once(waiting: Sequence[Any]) -> None:
    gate = asyncio.Semaphore(_AT_ONCE)

    async def one(work: Any) -> None:
        async with gate:
            await work

    await asyncio.gather(*map(one, waiting))


async def operate(client: Web, operation: str) -> None:
    """One operation of the rush: a save, a page or an upload, whose answer the client keeps."""
    if operation == "W1":
        await client.save()
    elif operation == "W4":
        await client.open_report()
    else:
        content = pdf(UPLOAD_BYTES)
        name = f"rush-{client.number}-{len(client.kept.uploads)}-{time.monotonic_ns()}"
        await client.upload(content, name)
        client.kept.uploads[name] = hashlib.sha256(content).hexdigest()


async def _act(client: Web, operation: str, told: Told, began: float) -> None:
    """One operation; `began` is when it should have begun."""
    try:
        await operate(client, operation)
    except (Refused, aiohttp.ClientError, TimeoutError, OSError) as fault:
        told.errors.append(f"{operation} {type(fault).__name__}: {fault}"[:300])
        return
    told.seconds[operation].append(time.perf_counter() - began)


def operation(client: Web, chance: random.Random) -> str:
    """What a client does next."""
    operation = chance.choices([name for name, _ in MIX], [share for _, share in MIX])[0]
    return "W4" if operation == "W2" and len(client.kept.uploads) >= _MOST_UPLOADS else operation


async def closed(everybody: Sequence[Web], seconds: float) -> dict[str, Any]:
    """Everybody asks again as soon as the answer is there."""
    told, began = Told(), time.perf_counter()

    async def work(client: Web) -> None:
        chance = random.Random(client.number)  # noqa: S311 - nothing secret
        while time.perf_counter() - began < seconds:
            await _act(client, operation(client, chance), told, time.perf_counter())

    await asyncio.gather(*map(work, everybody))
    return told.figures(time.perf_counter() - began)


async def opened(everybody: Sequence[Web], seconds: float, per_second: float) -> dict[str, Any]:
    """So many requests begin each second, whatever became of those before; waiting for one's own turn counts as waiting."""
    told, began, chance = Told(), time.perf_counter(), random.Random(2566)  # noqa: S311 - nothing secret
    locks = [asyncio.Lock() for _ in everybody]

    async def one(place: int, due: float) -> None:
        async with locks[place]:
            await _act(everybody[place], operation(everybody[place], chance), told, due)

    running = []
    for number in range(int(seconds * per_second)):
        due = began + number / per_second
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        running.append(asyncio.create_task(one(number % len(everybody), due)))
    await asyncio.gather(*running)
    return told.figures(time.perf_counter() - began) | {"asked_per_second": per_second}


async def lost(system: System, everybody: Sequence[Web]) -> dict[str, int]:
    """Read everything back: how many acknowledged saves and uploads there were, and how many of them are not there."""
    bytes_kept = {_digest(path) for path in _files(system.folder)}
    counts = {"saves": 0, "saves_lost": 0, "uploads": 0, "uploads_lost": 0}

    async def look(client: Web) -> None:
        page = await client.open_report()
        if client.kept.text:
            counts["saves"] += 1
            counts["saves_lost"] += client.kept.text not in page and client.kept.unsure not in page
        for name, digest in client.kept.uploads.items():
            counts["uploads"] += 1
            counts["uploads_lost"] += name not in page or digest not in bytes_kept

    await _some_at_once([look(client) for client in everybody])
    return counts


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and path.stat().st_size == UPLOAD_BYTES)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def rush(system: System, number: int, seconds: float, per_second: float) -> dict[str, Any]:
    """The closed loop, for the project the open one besides, and what was lost of either. What becomes of the project when more people come
    than it can serve is `web_overload`."""
    async with clients(system, number) as everybody:
        before = system.cpu()
        found = {"closed": await closed(everybody, seconds)}
        after = system.cpu()
        found["closed"]["cpu_seconds"] = sum(after.values()) - sum(before.values())
        if system.kind is EMES:
            found["open"] = await opened(everybody, seconds, per_second)
        found["read_back"] = await lost(system, everybody)
    return found
