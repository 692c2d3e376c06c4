"""A real Redis of its own."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError


class RedisServer:
    """Answers on a socket in a folder; keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        program = shutil.which("redis-server")
        if program is None:
            raise RuntimeError("install Debian's redis-server: scripts/system-packages test does")
        self._command = [program, "--port", "0", "--unixsocket", str(self.socket), "--save", "", "--dir", str(folder)]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                Redis.from_url(self.url).ping()
            except RedisError:
                time.sleep(0.02)
            else:
                return
        raise RuntimeError("Redis does not start")

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(timeout=10)
            self.process = None
