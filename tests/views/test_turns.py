"""Requests take turns: some are worked on, some wait, and who comes beyond that is refused at once in plain words."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Response
from werkzeug.wsgi import FileWrapper

from app import clock
from app.turns import Turns
from tests.person import REPORT
from tests.views.test_statements import counted


class Desk:
    """An application whose requests end when they are told to."""

    def __init__(self, at_once: int = 1, waiting: int = 1, patience: float = 20) -> None:
        self.at_work: list[str] = []
        self.may_end = threading.Semaphore(0)
        self.client = Client(Turns(self._work, at_once, waiting, patience))
        self._threads: list[threading.Thread] = []

    def _work(self, environ, start_response):
        if environ.get("emes.in_vain"):
            return Response("refused", 503)(environ, start_response)
        self.at_work.append(environ["PATH_INFO"])
        if environ["PATH_INFO"].startswith("/slow"):
            self.may_end.acquire(timeout=10)
        return Response("done")(environ, start_response)

    def get(self, path: str) -> int:
        answer = self.client.get(path)
        answer.close()
        return answer.status_code

    def begin(self, path: str) -> None:
        self._threads.append(threading.Thread(target=self.get, args=[path]))
        self._threads[-1].start()

    def end(self) -> None:
        for _ in self._threads:
            self.may_end.release()
        for thread in self._threads:
            thread.join(timeout=10)


@contextmanager
def crowded(desk: Desk, *paths: str) -> Iterator[None]:
    """So many are there already, each behind the one before."""
    for path in paths:
        desk.begin(path)
        time.sleep(0.05)
    yield
    desk.end()


def test_those_who_wait_get_their_turn_in_the_order_in_which_they_came():
    desk = Desk(waiting=4)
    with crowded(desk, "/slow/1", "/slow/2", "/slow/3", "/slow/4"):
        assert desk.at_work == ["/slow/1"]
    assert desk.at_work == ["/slow/1", "/slow/2", "/slow/3", "/slow/4"]


def test_nobody_who_just_came_passes_by_those_who_wait():
    """Turns change hands so quickly that who was called has not run yet when the next one asks."""
    order: list[int] = []
    turns = Turns(lambda *_: [], 1, 50)
    assert turns._take()

    def wait(number: int) -> None:
        assert turns._take()
        order.append(number)
        turns._give_back()

    waiting = [threading.Thread(target=wait, args=[number]) for number in range(50)]
    for number, thread in enumerate(waiting):
        thread.start()
        while len(turns._queue) <= number:
            time.sleep(0.001)
    turns._give_back()
    while turns._queue:
        if turns._take():  # whoever comes meanwhile is behind all of them
            assert not turns._queue
            turns._give_back()
    for thread in waiting:
        thread.join(5)
    assert order == list(range(50))


def test_who_comes_beyond_those_who_may_wait_is_refused_at_once():
    desk = Desk()
    with crowded(desk, "/slow/1", "/slow/2"):
        began = time.monotonic()
        assert desk.get("/late") == 503
        assert time.monotonic() - began < 1
    assert desk.get("/later") == 200


def test_nobody_waits_longer_than_patience_lasts():
    desk = Desk(patience=0.1)
    with crowded(desk, "/slow/1"):
        assert desk.get("/late") == 503
    assert desk.get("/later") == 200


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/metrics", "/static/css/emes.css"])
def test_who_watches_and_what_a_page_looks_like_needs_no_turn(path):
    desk = Desk(waiting=0)
    with crowded(desk, "/slow/1"):
        assert desk.get(path) == 200


def test_a_fault_gives_its_turn_back():
    def breaks(environ, start_response):
        raise RuntimeError("of the application")

    client = Client(Turns(breaks, 1, 0))
    for _ in range(3):
        with pytest.raises(RuntimeError, match="of the application"):
            client.get("/")


@pytest.mark.parametrize(("make", "second"), [(iter, 503), (lambda parts: FileWrapper(parts), 200)], ids=["made", "a file"])
def test_what_is_made_while_it_is_sent_keeps_its_turn_and_a_file_does_not(make: Callable, second: int):
    def send(environ, start_response):
        start_response("503 Busy" if environ["emes.in_vain"] else "200 OK", [])
        return make([b"one", b"two"]) if not environ["emes.in_vain"] else []

    turns = Turns(send, 1, 0)
    told: list[str] = []
    environ = {"PATH_INFO": "/x", "wsgi.input": io.BytesIO(), "wsgi.file_wrapper": FileWrapper}
    first = turns(dict(environ), lambda status, _: told.append(status))
    turns(dict(environ), lambda status, _: told.append(status))
    assert told[1].startswith(str(second))
    if second == 503:
        first.close()
        first.close()
    turns(dict(environ), lambda status, _: told.append(status))
    assert told[2].startswith("200")


def test_while_a_body_comes_in_slowly_others_are_computed():
    """Both have their turn; one hand is enough, for whoever waits for a line has it free."""
    arrived, reads = threading.Event(), threading.Event()

    class SlowLine(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            reads.set()
            arrived.wait(5)
            return super().read(size)

    def work(environ, start_response):
        start_response("200 OK", [])
        return [environ["wsgi.input"].read()]

    turns, told = Turns(work, 2, 0, computing=1), []
    slow = threading.Thread(target=lambda: told.extend(turns({"wsgi.input": SlowLine(b"slow")}, lambda *_: None)))
    slow.start()
    assert reads.wait(5)
    assert list(turns({"wsgi.input": io.BytesIO(b"quick")}, lambda *_: None)) == [b"quick"]
    arrived.set()
    slow.join(5)
    assert told == [b"slow"]


# --- what people read ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def in_vain(reporter):
    """The reporter, for whom it is never their turn."""
    reporter.get(REPORT)
    reporter.client.environ_base["emes.in_vain"] = True
    return reporter


def test_a_page_that_is_refused_says_so_in_thai_and_asks_the_database_nothing(in_vain):
    with counted() as statements:
        answer = in_vain.client.get(REPORT)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert "ขณะนี้มีผู้ใช้งานมาก" in answer.text
    assert statements == []


def test_a_form_that_is_refused_comes_back_with_what_was_typed(in_vain):
    answer = in_vain.client.post(REPORT, data={"problems": "ข้อความที่พิมพ์ไว้", "password": "geheim"})
    assert answer.status_code == 503
    assert "ข้อความที่พิมพ์ไว้" in answer.text and "geheim" not in answer.text


def test_a_save_and_an_upload_that_are_refused_say_so_to_the_page(in_vain):
    assert "ขณะนี้มีผู้ใช้งานมาก" in in_vain.patch(REPORT, {"problems": ("x", 0)}).json["error"]
    refused = in_vain.upload("criterion.1", ("ก.pdf", b"%PDF-1.4" + b"x" * 300_000))
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "30")


def test_waiting_for_a_turn_makes_nobody_late(app, monkeypatch):
    monkeypatch.setitem(app.config, "EMES_NOW", None)
    with app.test_request_context(REPORT, environ_overrides={"emes.waited": 12.5}):
        app.preprocess_request()
        waited = clock.now() - clock.arrived()
    assert timedelta(seconds=12.5) <= waited < timedelta(seconds=14)
