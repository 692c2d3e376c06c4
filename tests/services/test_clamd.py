"""The client of ClamAV's daemon, against the real one and against one that misbehaves."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from app import clamd
from app.domain import scanning
from app.domain.scanning import ScanState, Why
from app.services import children, no_network
from tests.clamav import SAID, Clamav, Misbehaving, crash, hang, say

BAD = b"%PDF-1.4 this is the one\n" * 40


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[clamd.Clamd]:
    daemon = Clamav(tmp_path_factory.mktemp("clamav"), BAD).start()
    yield clamd.Clamd(daemon.url)
    daemon.stop()


def test_the_real_daemon_names_a_virus_and_nothing_else(real):
    assert real.version().startswith("ClamAV ")
    assert real.scan(io.BytesIO(BAD)) == SAID
    assert real.scan(io.BytesIO(BAD + b"\n")) is None
    assert real.scan(io.BytesIO(b"")) is None


@pytest.mark.parametrize("mebibytes", [2, 40])
def test_a_file_larger_than_the_daemon_takes_is_told_from_a_clean_one(real, mebibytes):
    with pytest.raises(clamd.TooLarge):
        real.scan(io.BytesIO(b"x" * mebibytes * 1024 * 1024))


@pytest.mark.parametrize("url", ["tcp://127.0.0.1:1", "unix:/nowhere/ctl"])
def test_a_daemon_that_is_not_there_is_away(url):
    for ask in (lambda it: it.version(), lambda it: it.scan(io.BytesIO(b"x"))):
        with pytest.raises(clamd.Away):
            ask(clamd.Clamd(url))


@pytest.mark.parametrize(
    ("behave", "raised"),
    [
        (crash, clamd.BrokeOff),
        (hang, clamd.BrokeOff),
        (say(b""), clamd.BrokeOff),
        (say(b"\0"), clamd.Fault),
        (say(b"stream: OK and more\0"), clamd.Fault),
        (say(b"Can't allocate memory ERROR\0"), clamd.Fault),
        (say(b"x" * 10_000), clamd.Fault),
    ],
    ids=["dies", "hangs", "closes", "says nothing", "says something else", "reports a fault", "talks without end"],
)
def test_what_a_daemon_that_misbehaves_says_is_never_taken_for_clean(behave, raised):
    daemon = Misbehaving(behave)
    try:
        with pytest.raises(raised):
            clamd.Clamd(daemon.url, answer_seconds=0.5).scan(io.BytesIO(b"x" * 3_000_000))
    finally:
        daemon.stop()


def test_another_program_at_the_address_is_no_scanner():
    with socket.create_server(("127.0.0.1", 0)) as listening, pytest.raises(clamd.Away):
        clamd.Clamd(f"tcp://127.0.0.1:{listening.getsockname()[1]}", connect_seconds=0.2).version()


@pytest.mark.parametrize("url", ["http://scanner", "tcp://", "unix:clamd.ctl", "unix://host/ctl", "clamd", "tcp://host:3310/x"])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match="EMES_CLAMAV_URL must be"):
        clamd.address_of(url)


def test_only_a_virus_is_a_virus_and_only_nothing_is_clean():
    assert scanning.judge(None).state == ScanState.CLEAN
    assert scanning.judge("Win.Test") == scanning.Verdict(ScanState.INFECTED, "Win.Test")
    limits = scanning.judge("Heuristics.Limits.Exceeded.MaxFileSize")
    assert (limits.state, limits.said) == (ScanState.FAILED, Why.LIMITS)
    pauses = [scanning.pause_after(tries) for tries in range(1, scanning.MOST_TRIES + 1)]
    assert pauses == sorted(pauses)
    assert timedelta(hours=3) < sum(pauses, timedelta()) < timedelta(hours=5)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("scans", [True, False])
@pytest.mark.parametrize("state", list(ScanState))
def test_who_may_open_a_file_in_which_state(state, scans, own):
    expected = state != ScanState.INFECTED and (not scans or own or state in (ScanState.CLEAN, ScanState.RELEASED))
    assert scanning.opens(state.value, is_own=own, scans=scans) is expected


def test_whatever_reads_a_file_opens_no_line_to_anywhere(tmp_path: Path):
    """Also around Python's own refusal: the kernel takes the filter."""
    child = tmp_path / "child.py"
    child.write_text(
        "import ctypes, socket\n"
        "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX):\n"
        "    try: socket.socket(family)\n"
        "    except PermissionError: print('refused')\n"
        "print(ctypes.CDLL(None).socket(2, 1, 0))\n"
    )
    code, said = children.ask(child, seconds=5, grace_seconds=5, most_bytes=1000)
    assert (code, said.decode().split()) == (0, ["refused"] * 3 + ["-1"])
    assert no_network.holds()
