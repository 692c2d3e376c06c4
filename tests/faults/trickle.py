"""A bad line: a proxy that passes so many bytes a second towards the server, and breaks off where it is told to."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time

BLOCK_BYTES = 16 * 1024
RESET = struct.pack("ii", 1, 0)  # linger on, zero seconds: closing sends a reset, as a line that is gone does


class Trickle:
    """Listens on `port`. `cuts` are the numbers of bytes, counted over all connections, after which the line breaks."""

    def __init__(self, server_port: int, *, bytes_per_second: int, cuts: list[int]) -> None:
        self._server_port, self._rate, self._cuts = server_port, bytes_per_second, sorted(cuts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.passed = 0
        self.broken = 0
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self._server_port))
            threading.Thread(target=self._pass_answers, args=(far, near), daemon=True).start()
            threading.Thread(target=self._pass_slowly, args=(near, far), daemon=True).start()

    def _pass_answers(self, far: socket.socket, near: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := far.recv(BLOCK_BYTES):
                near.sendall(block)
            near.shutdown(socket.SHUT_WR)

    def _pass_slowly(self, near: socket.socket, far: socket.socket) -> None:
        with contextlib.suppress(OSError), near, far:
            due = time.monotonic()
            while block := near.recv(BLOCK_BYTES):
                due = max(due, time.monotonic() - 0.2) + len(block) / self._rate
                time.sleep(max(0.0, due - time.monotonic()))
                if self._cuts and self.passed + len(block) >= self._cuts[0]:
                    far.sendall(block[: self._cuts.pop(0) - self.passed])
                    self.passed += len(block)
                    self.broken += 1
                    for end in (near, far):
                        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                        end.shutdown(socket.SHUT_RD)  # wakes the thread that reads from it, which would hold it open
                    return
                far.sendall(block)
                self.passed += len(block)
            far.shutdown(socket.SHUT_WR)
            time.sleep(1)
