"""An installation of its own: a data folder and the real processes that serve it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from uuid import uuid4

ROOT = Path(__file__).parents[1]
PASSWORD = "emes-demo-2566"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Server:
    """One installation: a data folder and the processes that serve it."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EMES_")}
        self.environment = kept | {"EMES_DATA_DIR": str(folder), "EMES_PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        self.folder = folder
        self.process: subprocess.Popen[bytes] | None = None

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "run", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return done.stdout

    def start(self) -> None:
        log = (self.folder / "server.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "run.py"], cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
        )
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
                connection.request("GET", "/health/ready")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                pass
            time.sleep(0.1)
        raise AssertionError((self.folder / "server.log").read_text())

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(timeout=60)
            self.process = None

    def kill(self) -> None:
        """kill -9 of everything that serves, as a power cut or the kernel would."""
        if self.process is not None:
            for line in subprocess.run(
                ["ps", "-eo", "pid,sid"], capture_output=True, text=True, check=True
            ).stdout.splitlines()[1:]:
                pid, session = line.split()
                if int(session) in self._sessions():
                    with suppress(ProcessLookupError):  # a reader of a file lives but a moment
                        os.kill(int(pid), signal.SIGKILL)
            self.process.wait(timeout=10)
            self.process = None

    def _sessions(self) -> set[int]:
        """The sessions of run.py and of its children, which each lead one."""
        assert self.process is not None
        listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
        children = {
            int(pid) for pid, parent in (line.split() for line in listed.splitlines()[1:]) if int(parent) == self.process.pid
        }
        return {self.process.pid, *children}


class Client:
    """A client that keeps its own truth: what it sent and what was answered."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies, self.token = port, {}, ""

    def request(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """One request on a connection of its own. Raises OSError or http.client.HTTPException when the line breaks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        for header in answer.headers.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                self.cookies[name] = morsel.value
        found = re.search(rb'name="csrf-token" content="([^"]+)"', content)
        if found:
            self.token = found.group(1).decode()
        return answer.status, content, dict(answer.headers)

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
        boundary = uuid4().hex
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="slot"\r\n\r\n{slot}\r\n'
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        )
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        status, answer, _ = self.request(
            "POST",
            f"{report}/evidence",
            body,
            Content_Type=f"multipart/form-data; boundary={boundary}",
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
