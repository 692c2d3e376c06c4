"""An installation of its own: a data folder and the real processes that serve it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from http.cookies import SimpleCookie
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

if TYPE_CHECKING:
    from flask import Flask

    from app.storage import EvidenceStore

ROOT = Path(__file__).parents[1]
PASSWORD = "emes-demo-2566"
# A busy machine starts a server slowly; that is no fault of the server.
READY_SECONDS = 180


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Deployment:
    """What an installation stands on: SQLite and a folder, both in its data folder. `deployment.py` knows another."""

    def settings(self, server: Server) -> dict[str, str]:
        """What an empty installation is told besides."""
        return {}

    def begin(self, server: Server, folder: Path) -> None:
        """The data folder is copied already; bring what lies elsewhere."""

    def initialise(self, folder: Path) -> None:
        """Make what others begin with."""
        Server(folder).command("init")


class Server:
    """One installation: a data folder and the processes that serve it."""

    deployment: ClassVar[Deployment] = Deployment()

    def __init__(self, folder: Path, **settings: str) -> None:
        """`settings` are environment variables, for the server and for its commands."""
        self.given = settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EMES_")}
        self.environment = (
            kept | {"EMES_DATA_DIR": str(folder), "EMES_PORT": str(self.port), "PYTHONUNBUFFERED": "1"} | settings
        )
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "run", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=True,
        )
        return done.stdout

    def begin_as(self, folder: Path) -> None:
        """Begin with a copy of another installation's data, which nobody serves."""
        shutil.copytree(folder, self.folder, dirs_exist_ok=True)
        self.deployment.begin(self, folder)

    def begin_empty(self) -> Server:
        """Begin with nothing, on what the deployment stands on."""
        self.environment |= self.deployment.settings(self)
        return self

    # --- what it holds, wherever that lies ---

    @property
    def database_url(self) -> str:
        return self.environment.get("EMES_DATABASE_URL", f"sqlite:///{self.folder / 'emes.sqlite3'}")

    def rows(self, question: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database answers, past the application."""
        from sqlalchemy import NullPool, create_engine, text

        engine = create_engine(self.database_url, poolclass=NullPool, connect_args=_patient(self.database_url))
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(question), values)]

    def app(self, **overrides: Any) -> Flask:
        """The application as this installation is set up, in the process of the test."""
        import config
        from app import create_app

        found = {
            name: value for name, value in config.settings(self.environment).items() if name not in ("EMES_PORT", "EMES_HOST")
        }
        return create_app(found | overrides)

    def store(self) -> EvidenceStore:
        """Where its files lie."""
        import config
        from app.storage import open_store

        found = config.settings(self.environment)
        return open_store(found["EMES_STORAGE_URL"], found)

    def stored(self, key: str) -> bytes:
        """A file as it lies there."""
        with self.store().open(key) as file:
            return file.read()

    # --- processes ---

    def start(self) -> None:
        """Serve as `python run.py` does: web server and worker."""
        self._run("run.py")

    def start_web(self, *, threads: int = 16) -> None:
        """The web server alone: one process under a master that replaces it at once, without starting Python anew."""
        words = ["--worker-class", "gthread", "--workers", "1", "--threads", str(threads), "--timeout", "120"]
        words += ["--bind", f"127.0.0.1:{self.port}", "--log-level", "warning", "--worker-tmp-dir", "/dev/shm"]  # noqa: S108
        self._run("-m", "gunicorn", "run:app", "--preload", *words)

    def _run(self, *words: str) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, *words], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        try:
            self.wait_until_ready()
        except RuntimeError:
            self.kill()  # nobody else would
            raise

    @property
    def log(self) -> Path:
        """What the processes printed, beside the data folder rather than in it: a test may fill the disk under that."""
        return self.folder.with_name(f"{self.folder.name}.log")

    def is_ready(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def wait_until_ready(self) -> float:
        """Returns after how many seconds it answers."""
        began = time.monotonic()
        while time.monotonic() < began + READY_SECONDS:
            if self.is_ready():
                return time.monotonic() - began
            if self.process is not None and self.process.poll() is not None:
                break
            time.sleep(0.02)
        said = self.log.read_text()[-4000:] if self.log.is_file() else ""  # a device has no end
        raise RuntimeError(f"the server does not start: {said}")

    def web_process(self) -> int:
        """The process that serves, when `start_web` started it."""
        assert self.process is not None
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while not (found := children.read_text().split()):
            time.sleep(0.005)
        return int(found[0])

    def kill_web_process(self) -> None:
        """kill -9 of the process that serves; its master starts the next one."""
        os.kill(self.web_process(), signal.SIGKILL)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def kill(self) -> None:
        """kill -9 of everything that serves, as a power cut or the kernel would."""
        if self.process is None:
            return
        # run.py and each of its children lead a session of their own: known before the first of them dies.
        sessions = {self.process.pid, *(pid for pid, parent, _ in _processes() if parent == self.process.pid)}
        while doomed := [pid for pid, _, session in _processes() if session in sessions]:
            for pid in doomed:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.poll()
        self.process.wait(timeout=10)
        self.process = None


def _patient(url: str) -> dict[str, Any]:
    return {"timeout": 10} if url.startswith("sqlite") else {}


def _processes() -> list[tuple[int, int, int]]:
    """Every process that lives: (pid, parent, session)."""
    listed = subprocess.run(["ps", "-eo", "pid=,ppid=,sid=,stat="], capture_output=True, text=True, check=True).stdout
    lines = (line.split() for line in listed.splitlines())
    return [(int(pid), int(parent), int(session)) for pid, parent, session, state in lines if not state.startswith("Z")]


def multipart(slot: str, name: str, content: bytes) -> tuple[str, bytes]:
    """A form with one file as a browser sends it: its media type and its bytes."""
    boundary = uuid4().hex
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="slot"\r\n\r\n{slot}\r\n'
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    )
    return f"multipart/form-data; boundary={boundary}", head.encode() + content + f"\r\n--{boundary}--\r\n".encode()


class Client:
    """A client that keeps its own truth: what it sent and what was answered."""

    def __init__(self, port: int) -> None:
        self.port, self.token = port, ""
        self.cookies: dict[str, str] = {}
        # The last answer: its status, its headers and its content.
        self.status = 0
        self.headers: dict[str, str] = {}
        self.content = b""
        self.patience = 30.0  # seconds
        self.claims: dict[str, str] = {}  # headers that go with every request

    def connection(self) -> http.client.HTTPConnection:
        """A fresh line to the server."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.patience)

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """One request on a connection of its own. Raises OSError or http.client.HTTPException when the line breaks."""
        connection = self.connection()
        try:
            sent = self.claims | {name.replace("_", "-"): value for name, value in headers.items()}
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        self.status, self.headers, self.content = answer.status, dict(answer.headers), content
        found = re.search(rb'name="csrf-token" content="([^"]+)"', content)
        if found:
            self.token = found.group(1).decode()
        return answer.status, content, self.headers

    def sign_in(self, name: str) -> Client:
        self.request("GET", "/login/")
        body = f"email={name}%40emes.test&password={PASSWORD}&csrf_token={self.token}".encode()
        status, _, _ = self.request("POST", "/login/", body, Content_Type="application/x-www-form-urlencoded")
        assert status == 303
        self.request("GET", "/profile/")
        return self

    def save(self, report: str, **changes: tuple[Any, int]) -> tuple[int, dict[str, Any]]:
        """Autosave fields; dots of a key are written as two underscores."""
        wanted = {key.replace("__", "."): {"value": value, "version": version} for key, (value, version) in changes.items()}
        body = json.dumps({"changes": wanted}).encode()
        status, content, _ = self.request("PATCH", report, body, Content_Type="application/json", X_CSRFToken=self.token)
        return status, json.loads(content)

    def upload(self, report: str, slot: str, name: str, content: bytes) -> tuple[int, dict[str, Any]]:
        kind, body = multipart(slot, name, content)
        status, answer, _ = self.request(
            "POST",
            f"{report}/evidence",
            body,
            Content_Type=kind,
            Accept="application/json",
            X_CSRFToken=self.token,
        )
        return status, json.loads(answer)

    def post(self, path: str) -> tuple[int, dict[str, Any]]:
        status, answer, _ = self.request(
            "POST",
            path,
            b"",
            Content_Type="application/x-www-form-urlencoded",
            Accept="application/json",
            X_CSRFToken=self.token,
        )
        return status, json.loads(answer)
