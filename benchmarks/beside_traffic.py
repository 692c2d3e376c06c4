"""What people who read and save their reports notice of a large file being made: `python -m benchmarks.beside_traffic`.

A real server with its worker on PostgreSQL, some tens of signed-in clients with thinking time, first alone, then beside each file that an
analyst asks for through the page, then alone again: what else the machine does falls on both. Leaves `results/beside-traffic.json`."""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, text

from benchmarks import bed, measuring
from tests.server import Client, Server

RESULTS = Path(__file__).parent / "results" / "beside-traffic.json"
AREAS, INDICATORS = 30_000, 13
ROUND, WORKED_IN = "2590-6", "2566-6"
OFFICES = ("P-CPM-3", "P-CPM-2", "S-BKK-1")
PRODUCTS = ("reports.xlsx", "workbook.xlsx")
THINKING_SECONDS = (1.5, 4.5)
_LONGEST_SECONDS = 1800
_POLL_SECONDS = 0.5
_KIBIBYTES = 1024
_PLACE = re.compile(r"#file-(\d+)")


@dataclass
class Times:
    """How long answers took, in seconds, and what went wrong."""

    pages: list[float] = field(default_factory=list)
    saves: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Milliseconds at the middle and at the 95th of a hundred, of pages and of saves."""
        figures: dict[str, Any] = {"errors": len(self.errors), "first_errors": self.errors[:3]}
        for name, seconds in (("pages", self.pages), ("saves", self.saves)):
            figures[name] = len(seconds)
            if len(seconds) > 1:
                figures[f"{name}_p50_ms"] = statistics.median(seconds) * 1000
                figures[f"{name}_p95_ms"] = statistics.quantiles(seconds, n=20, method="inclusive")[-1] * 1000
        return figures


class Reporter:
    """A client at one report that reads it and saves into it in turn, thinking between."""

    def __init__(self, client: Client, report: str, chance: random.Random) -> None:
        self.client, self.report, self.chance = client, report, chance
        self.version = 0

    def work(self, times: Times, stop: threading.Event) -> None:
        while not stop.wait(self.chance.uniform(*THINKING_SECONDS)):
            is_save = self.chance.random() < 0.5
            began = time.perf_counter()
            try:
                status = self._save() if is_save else self.client.request("GET", self.report)[0]
            except OSError as fault:
                times.errors.append(type(fault).__name__)
                continue
            (times.saves if is_save else times.pages).append(time.perf_counter() - began)
            if status != 200:
                times.errors.append(f"{'save' if is_save else 'page'} {status}")

    def _save(self) -> int:
        text = f"ข้อความ {self.chance.random()} " + "ก" * 600
        status, answer = self.client.save(self.report, problems=(text, self.version))
        if status == 200:
            self.version = answer["fields"]["problems"]["version"]
        return status

    def begin(self) -> bool:
        """Open the report and learn its version. False where nothing can be written into it."""
        status, page, _ = self.client.request("GET", self.report)
        found = page.split(b'data-version-of="problems"')
        if status != 200 or len(found) < 2:
            return False
        self.version = int(found[0].rsplit(b'value="', 1)[1].split(b'"')[0])
        return self._save() == 200


def reporters(server: Server, number: int) -> list[Reporter]:
    """So many clients, each at a report of its own."""
    chance = random.Random(2566)  # noqa: S311 - nothing secret
    found: list[Reporter] = []
    for office in OFFICES:
        first = Client(server.port).sign_in(f"coordinator.{office.lower()}")
        for report in _reports_of(first, office):
            client = Client(server.port)
            client.cookies, client.token = dict(first.cookies), first.token
            one = Reporter(client, report, random.Random(chance.random()))  # noqa: S311
            if len(found) < number and one.begin():
                found.append(one)
    if len(found) < number:
        raise RuntimeError(f"only {len(found)} reports can be written into")
    return found


def _reports_of(client: Client, office: str) -> list[str]:
    """The addresses of the reports that an office's dashboard leads to, in order."""
    _, page, _ = client.request("GET", f"/reports/{WORKED_IN}/{office}/")
    found = re.findall(rf'href="(/reports/{WORKED_IN}/{office}/QP-[^"?#/]+)', page.decode())
    return list(dict.fromkeys(found))


@contextmanager
def traffic(people: Sequence[Reporter]) -> Iterator[Times]:
    """Everybody works until the block ends."""
    times, stop = Times(), threading.Event()
    threads = [threading.Thread(target=one.work, args=[times, stop], daemon=True) for one in people]
    for thread in threads:
        thread.start()
    yield times
    stop.set()
    for thread in threads:
        thread.join()


class Peaks:
    """The most memory, in MiB, of the processes of a server by what they are: web, worker, and the one that writes rows."""

    _KINDS = (("rows_child", "rows"), ("gunicorn", "web"), ("worker", "worker"))

    def __init__(self, server: Server) -> None:
        assert server.process is not None  # noqa: S101 - it was started
        self.root, self.known = server.process.pid, dict[str, float]()

    def look(self) -> None:
        listed = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True)  # noqa: S607
        processes = [line.split(maxsplit=2) for line in listed.stdout.splitlines()]
        ours = {str(self.root)}
        for pid, parent, *_ in processes:  # a child is listed after its parent
            if parent in ours:
                ours.add(pid)
        for pid, _, *words in processes:
            kind = next((kind for word, kind in self._KINDS if words and word in words[0]), "")
            if pid in ours and kind:
                self.known[kind] = max(self.known.get(kind, 0.0), _highest(pid))


def _highest(pid: str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:  # it ended meanwhile
        return 0.0
    found = re.search(r"VmHWM:\s+(\d+)", status)
    return int(found[1]) / _KIBIBYTES if found else 0.0


def _forget_files(settings: Mapping[str, str]) -> None:
    """What an earlier run left: a file that is ready would be given out again, one that waits would be made beside everything."""
    engine = create_engine(settings["EMES_DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE export SET state = 'expired', ended_at = now() WHERE state IN ('waiting', 'running', 'done')")
        )
    engine.dispose()


def make_file(client: Client, product: str, look: Callable[[], None]) -> dict[str, Any]:
    """Ask for a file as the page does, and wait until it is made. Answers how long that took and what it is."""
    desk = f"/exports/{ROUND}/"
    client.request("GET", desk)
    body = f"what={product}&csrf_token={client.token}".encode()
    began = time.perf_counter()
    status, _, headers = client.request("POST", desk, body, Content_Type="application/x-www-form-urlencoded")
    place = _PLACE.search(headers.get("Location", ""))
    if status != 303 or place is None:
        raise RuntimeError(f"{product} is not made: {status}")
    while time.perf_counter() - began < _LONGEST_SECONDS:
        look()
        (said,) = json.loads(client.request("GET", f"{desk}live?ids={place[1]}")[1])
        if said["state"] not in ("waiting", "running"):
            return {"state": said["state"], "seconds": time.perf_counter() - began, "rows": said["done"]}
        time.sleep(_POLL_SECONDS)
    raise RuntimeError(f"{product} is not made within {_LONGEST_SECONDS} s")


def measure(server: Server, products: Sequence[str], *, clients: int, seconds: float) -> dict[str, Any]:
    """Alone, beside each file, alone again."""
    people, analyst = reporters(server, clients), Client(server.port).sign_in("analyst")
    analyst.patience = 120.0
    phases: list[dict[str, Any]] = []
    peaks = Peaks(server)
    phases.append(_alone(people, seconds))
    peaks.look()
    idle = dict(peaks.known)
    for product in products:
        with traffic(people) as times:
            made = make_file(analyst, product, peaks.look)
        phases.append({"beside": product, "file": made, "peaks_mib": dict(peaks.known)} | times.told())
        print(_line(phases[-1]), flush=True)
    phases.append(_alone(people, seconds))
    return {"clients": clients, "phases": phases, "idle_mib": idle, "ratios": _ratios(phases)}


def _alone(people: Sequence[Reporter], seconds: float) -> dict[str, Any]:
    with traffic(people) as times:
        time.sleep(seconds)
    phase = {"beside": ""} | times.told()
    print(_line(phase), flush=True)
    return phase


def _ratios(phases: Sequence[Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    """Of each file: answers beside it as a multiple of those alone, the mean of before and after."""
    names = [f"{what}_{share}_ms" for what in ("pages", "saves") for share in ("p50", "p95")]
    alone = {name: statistics.mean(phase[name] for phase in phases if not phase["beside"]) for name in names}
    return {phase["beside"]: {name: phase[name] / alone[name] for name in names} for phase in phases if phase["beside"]}


def _line(phase: Mapping[str, Any]) -> str:
    text = f"{phase['beside'] or 'alone':15}" + "".join(
        f"  {what} {phase[what]}, p50 {phase[f'{what}_p50_ms']:.0f} p95 {phase[f'{what}_p95_ms']:.0f} ms"
        for what in ("pages", "saves")
    )
    if "file" in phase:
        peaks = ", ".join(f"{kind} {mib:.0f}" for kind, mib in phase["peaks_mib"].items())
        text += f"  {phase['file']['state']} in {phase['file']['seconds']:.0f} s, peak MiB: {peaks}"
    return f"{text}  errors {phase['errors']}"


def main(arguments: Sequence[str]) -> int:
    """Measure as asked, print, and leave the figures. Ends with 1 where anybody met an error."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--data", type=Path, default=bed.FOLDER, help=f"folder of the database, made where it lacks ({bed.FOLDER})"
    )
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60, help="how long they work alone, each time")
    parser.add_argument("--products", nargs="+", default=PRODUCTS, help="files that are made meanwhile, one after the other")
    parser.add_argument("--out", type=Path, default=RESULTS, help="where the figures are left as JSON")
    asked = parser.parse_args(arguments)
    with bed.database(asked.data, areas=AREAS, indicators=INDICATORS) as settings:
        _forget_files(settings)
        server = Server(asked.data / "data", EMES_DATABASE_URL=settings["EMES_DATABASE_URL"])
        server.start()
        try:
            found = measuring.circumstances() | measure(server, asked.products, clients=asked.clients, seconds=asked.seconds)
        finally:
            server.stop()
    found["load_after"] = f"{os.getloadavg()[0]:.1f}"
    print(json.dumps(found["ratios"], indent=1))
    asked.out.parent.mkdir(exist_ok=True)
    asked.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return int(any(phase["errors"] for phase in found["phases"]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
