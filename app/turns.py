"""Whose turn it is: as many requests are worked on at once as there are threads for work, some more wait, and who comes beyond that is told
so at once. Without an end to the queue everybody would wait until nobody gets an answer in time.

Of those whose turn it is only a few compute at once (`hands`); the others wait for a line, a lock or another service, or for a hand.

The WSGI server needs a thread for each that works or waits, and some to refuse with; `run.py` and deploy/ reckon so."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask, abort, g, request
from flask_login import AnonymousUserMixin
from werkzeug.wsgi import ClosingIterator

from app import hands
from app.requests import read_to_the_end

if TYPE_CHECKING:
    from _typeshed.wsgi import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

# Who waited so long would soon give up, or come again beside the request that still waits.
PATIENCE_SECONDS = 20.0
# One holds the interpreter while others talk with the database: two or six answered less in a second (decision 0045).
COMPUTING = 3
# Threads beyond those that work and wait: they refuse, and answer what needs no turn.
SPARE_THREADS = 8
# Whoever watches the system must see it when it is crowded, and a page that says so needs its looks.
WITHOUT_A_TURN = ("/health/", "/metrics", "/static/")
# In a request's environment: how many seconds it waited, and whether it waited in vain.
WAITED, IN_VAIN = "emes.waited", "emes.in_vain"


class _Line:
    """The body of a request as it comes in: whoever waits for it computes nothing."""

    def __init__(self, stream: InputStream) -> None:
        self._stream = stream

    def read(self, size: int = -1, /) -> bytes:
        with hands.away():
            return self._stream.read(size)

    def readline(self, size: int = -1, /) -> bytes:
        with hands.away():
            return self._stream.readline(size)

    def readlines(self, hint: int = -1, /) -> list[bytes]:
        with hands.away():
            return self._stream.readlines(hint)

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.readline, b"")


class Turns:
    """A WSGI application whose requests take turns, in the order in which they came. `at_once` are worked on, of which `computing` at the
    same moment; `waiting` may wait."""

    def __init__(
        self,
        application: WSGIApplication,
        at_once: int,
        waiting: int,
        patience: float = PATIENCE_SECONDS,
        computing: int = COMPUTING,
    ) -> None:
        self._application, self._most_waiting, self._patience = application, waiting, patience
        self._hands = hands.Hands(computing)
        self._lock = threading.Lock()
        self._free = at_once
        # Each who waits has a lock that whoever gives a turn back opens: a semaphore would let one who just came pass by them.
        self._queue: deque[threading.Lock] = deque()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith(WITHOUT_A_TURN):
            return self._application(environ, start_response)
        began = time.monotonic()
        has_turn = self._take()
        environ[WAITED], environ[IN_VAIN] = time.monotonic() - began, not has_turn
        if not has_turn:
            return self._application(environ, start_response)
        environ["wsgi.input"] = _Line(environ["wsgi.input"])
        try:
            with self._hands.at_work():
                answer = self._application(environ, start_response)
        except BaseException:
            self._give_back()
            raise
        if isinstance(answer, environ.get("wsgi.file_wrapper", ())):  # the kernel sends it, that is no work
            self._give_back()
            return answer
        return ClosingIterator(answer, self._once(self._give_back))

    @staticmethod
    def _once(deed: Callable[[], None]) -> Callable[[], None]:
        """A server that closes an answer twice gives one turn back."""
        left = [deed]
        return lambda: left.pop()() if left else None

    def _take(self) -> bool:
        """Wait for a turn, behind those who wait already. False where there are too many, or patience ends."""
        with self._lock:
            if self._free:
                self._free -= 1
                return True
            if len(self._queue) >= self._most_waiting:
                return False
            place = threading.Lock()
            place.acquire()
            self._queue.append(place)
        if place.acquire(timeout=self._patience):
            return True
        with self._lock:
            if place not in self._queue:
                return True  # it was called at the last moment
            self._queue.remove(place)
            return False

    def _give_back(self) -> None:
        """To the one who waits longest, if anybody does."""
        with self._lock:
            if self._queue:
                self._queue.popleft().release()
            else:
                self._free += 1


def _refuse_who_waited_in_vain() -> None:
    """503 in plain words, with what was typed; the database is not asked for it."""
    if not request.environ.get(IN_VAIN):
        return
    g._login_user = AnonymousUserMixin()
    if request.mimetype != "application/x-www-form-urlencoded":  # that is read for what was typed
        read_to_the_end()
    abort(503)


def take_turns(app: Flask) -> None:
    """For the application that is served; one that is only called needs no turns."""
    config: dict[str, Any] = app.config
    app.wsgi_app = Turns(app.wsgi_app, config["EMES_WEB_THREADS"], config["EMES_WEB_WAITING"])  # type: ignore[method-assign]


def init_app(app: Flask) -> None:
    """Before anything else is done for a request."""
    app.before_request(_refuse_who_waited_in_vain)
