"""What was acknowledged survives a power cut: what a disk holds at a moment, without anything that only the kernel's memory holds."""

from __future__ import annotations

import contextlib
import copy
import os
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.faults.disks import mounting_is_allowed
from tests.faults.office import AREA, Office
from tests.server import Client, Server

pytestmark = pytest.mark.only_small("what SQLite and the folder have on the disk")

CUTS_UNDER_LOAD, QUIET_CUTS = 3, 12
OUTER_MIB, INNER_MIB = 2048, 512


class CuttableDisk:
    """An ext4 in a file on an XFS whose files can be copied in an instant: the copy is what a disk holds whose power fails then."""

    def __init__(self, place: Path, stack: ExitStack) -> None:
        self._place, self._stack, self._cuts = place, stack, 0
        outer = place / "outer.img"
        self._make(outer, OUTER_MIB, "/usr/sbin/mkfs.xfs", "-q", "-m", "reflink=1")
        self._outer = self.mount(outer, "outer")
        self._image = self._outer / "disk.img"
        self._make(self._image, INNER_MIB, "/usr/sbin/mkfs.ext4", "-q", "-F")
        self.folder = self.mount(self._image, "disk")

    def _make(self, image: Path, mib: int, *command: str) -> None:
        with image.open("wb") as file:
            file.truncate(mib << 20)
        subprocess.run([*command, str(image)], check=True, capture_output=True)

    def mount(self, image: Path, name: str) -> Path:
        folder = self._place / name
        folder.mkdir()
        subprocess.run(["mount", "-o", "loop", str(image), str(folder)], check=True)
        self._stack.callback(subprocess.run, ["umount", "--lazy", str(folder)], check=True)
        return folder

    def cut(self) -> Path:
        """The disk as it is at this moment. Answers the image."""
        self._cuts += 1
        image = self._outer / f"cut-{self._cuts}.img"
        subprocess.run(["cp", "--reflink=always", str(self._image), str(image)], check=True)
        return image

    @contextmanager
    def after(self, image: Path) -> Iterator[Path]:
        """What is found when the power is back: the journal of the file system has been played."""
        with ExitStack() as stack:
            self._stack, kept = stack, self._stack
            try:
                yield self.mount(image, f"after-{image.stem}")
            finally:
                self._stack = kept


@pytest.fixture
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CuttableDisk]:
    place = tmp_path_factory.mktemp("power")
    with ExitStack() as stack:
        yield CuttableDisk(place, stack)
    with contextlib.suppress(OSError):
        shutil.rmtree(place)


def text_in(folder: Path) -> str | None:
    """The text of QP-1 in a data folder, by SQLite alone."""
    connection = sqlite3.connect(folder / "data" / "emes.sqlite3")
    try:
        found = connection.execute("SELECT value FROM answer WHERE field_key = 'problems'").fetchone()
        return found[0] if found else None
    finally:
        connection.close()


def a_quiet_save_survives(server: Server, disk: CuttableDisk) -> None:
    """One save, nothing else, then the power fails: again and again."""
    server.start_web()
    client, version, lost = Client(server.port).sign_in("reporter.p-cpm-3"), 0, 0
    for number in range(QUIET_CUTS):
        text = f"ข้อความเดียว {number}"
        status, answer = client.save(f"{AREA}/QP-1", problems=(text, version))
        image = disk.cut()
        assert status == 200
        version = answer["fields"]["problems"]["version"]
        with disk.after(image) as folder:
            lost += text_in(folder) != text
        image.unlink()
    assert lost == 0, f"{lost} of {QUIET_CUTS} acknowledged texts are lost"


def acknowledged_so_far(office: Office) -> Office:
    """What an office knows at this moment."""
    known = copy.copy(office)
    known.files, known.gone, known.upload = dict(office.files), set(office.gone), None
    return known


def work_survives(server: Server, disk: CuttableDisk, *, cuts: int) -> None:
    """Offices save, attach and delete; the power fails under them; another machine starts on what the disk held."""
    server.start_web()
    offices = [Office(server.port, indicator) for indicator in ("QP-1", "QP-2", "QP-3")]
    for _ in range(cuts):
        threads = [threading.Thread(target=office.work, daemon=True) for office in offices]
        for thread in threads:
            thread.start()
        time.sleep(2.0)
        known = [acknowledged_so_far(office) for office in offices]
        image = disk.cut()
        for office, thread in zip(offices, threads, strict=True):
            office.going = False
            thread.join(timeout=30)
            office.going = True
        with disk.after(image) as folder:
            found = Server(folder / "data", **_mutant_of(server))
            found.start_web()
            try:
                for office, then in zip(offices, known, strict=True):
                    # What was deleted or taken back around the very moment may stand either way.
                    then.files = {key: value for key, value in then.files.items() if key in office.files}
                    then.gone &= office.gone
                    then.client = copy.copy(office.client)
                    then.client.port = found.port
                    then.check()
            finally:
                found.kill()
        image.unlink()
    assert sum(office.acknowledged for office in offices) > 10 * cuts


def _mutant_of(server: Server) -> dict[str, str]:
    return {name: value for name, value in server.environment.items() if name == "PYTHONPATH"}


def put(installed: Callable[..., Server], disk: CuttableDisk, mutant: str | None = None) -> Server:
    """An installation on the disk that was there, durably, before anybody worked."""
    server: Server = installed(mutant, disk.folder / "data")
    os.sync()
    return server


needs_mounting = pytest.mark.skipif(
    not mounting_is_allowed(), reason="nothing may be mounted here: test_write_order stands for it"
)


@needs_mounting
def test_a_single_save_survives_a_power_cut_right_after_it_was_acknowledged(installed, disk):
    """F9 of the fault table, quiet."""
    a_quiet_save_survives(put(installed, disk), disk)


@needs_mounting
def test_everything_acknowledged_survives_power_cuts_under_load(installed, disk):
    """F9 of the fault table."""
    work_survives(put(installed, disk), disk, cuts=CUTS_UNDER_LOAD)


@needs_mounting
def test_the_quiet_cuts_show_a_database_that_is_not_synced(installed, disk):
    with pytest.raises(AssertionError, match=r"acknowledged texts are lost"):
        a_quiet_save_survives(put(installed, disk, "database_not_synced"), disk)


@needs_mounting
def test_the_cuts_show_bytes_that_are_not_synced(installed, disk):
    with pytest.raises(AssertionError, match=r"not what was sent|does not download|not listed|is lost"):
        work_survives(put(installed, disk, "no_fsync"), disk, cuts=CUTS_UNDER_LOAD)
