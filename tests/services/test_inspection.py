"""What looking into a file shows, and that whoever looks can be hurt by nothing."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.domain.advice import Seen
from app.services import inspection
from tests import files
from tests.person import pdf, png

CLOSED, LOCKED = Seen(opens=False), Seen(opens=False, locked=True)


def shown(value: object) -> str:
    return f"{len(value)} bytes" if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize(
    ("extension", "content", "seen"),
    [
        ("pdf", files.written(), Seen(pages=1)),
        ("pdf", files.written(pages=3), Seen(pages=3)),
        ("pdf", files.typed("x"), Seen(pages=1)),
        ("pdf", files.locked(user="", owner="owner"), Seen(pages=1, blank=True)),
        ("pdf", pdf(1), Seen(pages=1, blank=True)),
        ("pdf", pdf(120), Seen(pages=120, blank=True)),
        ("pdf", files.white_scan(), Seen(pages=1, blank=True)),
        ("pdf", files.huge_page(), Seen(pages=1, blank=True)),
        ("pdf", files.locked(), LOCKED),
        ("pdf", b"%PDF-1.4 broken", CLOSED),
        ("pdf", files.written()[:2000], CLOSED),
        ("pdf", b"", CLOSED),
        ("png", files.picture(), Seen()),
        ("png", files.picture(mode="RGBA"), Seen()),
        ("png", files.picture(mode="P"), Seen()),
        ("png", files.picture(mode="P", size=(7000, 7000)), Seen()),
        ("png", files.picture(mode="I;16"), Seen()),
        ("png", png(), Seen(blank=True)),
        ("png", files.picture(drawn=False), Seen(blank=True)),
        ("png", files.picture()[:-60], CLOSED),
        ("png", files.bomb_picture(), CLOSED),
        ("jpg", files.picture("JPEG"), Seen()),
        ("jpg", files.picture("JPEG", size=(9000, 9000)), Seen()),
        ("jpg", files.picture("JPEG", drawn=False), Seen(blank=True)),
        ("jpg", files.picture("JPEG", size=(2000, 2000))[:4000], CLOSED),
        ("jpg", b"GIF89a", CLOSED),
        ("docx", files.word(), Seen()),
        ("docx", files.word(" "), Seen(blank=True)),
        ("docx", files.office("docx", {"word/document.xml": '<w:d xmlns:w="x"><w:drawing/></w:d>'}), Seen()),
        ("docx", files.office("docx", {"word/document.xml": "<w:d"}), CLOSED),
        ("docx", files.entity_bomb(), CLOSED),
        ("docx", files.broken_archive(), CLOSED),
        ("docx", files.word()[:200], CLOSED),
        ("docx", files.locked_office(), LOCKED),
        ("xlsx", files.office("xlsx", {"xl/worksheets/sheet1.xml": "<s><c><v>1</v></c></s>"}), Seen()),
        ("xlsx", files.office("xlsx", {"xl/worksheets/sheet1.xml": "<s><c/></s>"}), Seen(blank=True)),
        ("xlsx", files.office("xlsx", {"xl/worksheets/sheet1.xml": "<s><c/></s>", "xl/media/1.png": "x"}), Seen()),
        ("pptx", files.office("pptx", {"ppt/slides/slide1.xml": "<s><t>1</t></s>"}), Seen()),
        ("pptx", files.office("pptx", {"ppt/slides/slide1.xml": "<s><pic/></s>"}), Seen()),
        ("pptx", files.office("pptx", {"ppt/slides/slide1.xml": "<s><t> </t></s>"}), Seen(blank=True)),
        ("mp4", files.clip(), Seen()),
        ("mp4", files.clip(index=False), CLOSED),
        ("mp4", files.clip()[:-1], CLOSED),
        ("mov", files.clip()[20:] + b"\0\0", CLOSED),
        ("mov", files.atom(b"moov", bytes(50)), Seen()),
        ("mp4", files.atom(b"moov", b"") + b"\0\0\0\x01mdat" + (16 + 9).to_bytes(8, "big") + bytes(9), Seen()),
        ("mp4", files.atom(b"moov", b"") + b"\0\0\0\x00mdat" + bytes(99), Seen()),
        ("mp4", files.atom(b"moov", b"") + b"\0\0\0\x01mdat" + bytes(8), CLOSED),
    ],
    ids=shown,
)
def test_what_a_file_shows(tmp_path, extension, content, seen):
    path = tmp_path / "kept"
    path.write_bytes(content)
    assert inspection.look_into(path, extension) == seen


def test_a_file_that_is_gone_does_not_open(tmp_path):
    assert inspection.look_into(tmp_path / "nothing", "pdf") == CLOSED


@pytest.mark.parametrize(
    ("body", "seen"),
    [
        ("print('{}')", Seen()),
        ("bytearray(2 * 1024 ** 3); print('{}')", CLOSED),
        ("os.write(os.open(sys.argv[1], os.O_WRONLY), b'x'); print('{}')", CLOSED),
        ("os.kill(os.getpid(), 11)", CLOSED),
        ("print('{')", CLOSED),
        ("print('[]')", CLOSED),
        ("print('[' * 4000)", CLOSED),
        ("while True: print('x' * 10000)", CLOSED),
        ('print(\'{"pages": true, "blank": 1}\')', Seen()),
        ("print(json.dumps({'opens': 'DATABASE' not in str(os.environ)}))", Seen()),
    ],
    ids=[
        *("harmless", "memory", "writing", "crash", "no JSON", "no object", "deep JSON", "an endless answer"),
        *("wrong types", "the environment is closed"),
    ],
)
def test_a_hostile_file_hurts_only_its_reader(tmp_path, monkeypatch, body, seen):
    child, kept = tmp_path / "child.py", tmp_path / "kept"
    child.write_text(f"import json, os, sys\n{body}\n")
    kept.write_bytes(b"as it was")
    monkeypatch.setenv("DATABASE_URL", "secret")
    monkeypatch.setattr(inspection, "CHILD", child)
    assert inspection.look_into(kept, "pdf") == seen
    assert kept.read_bytes() == b"as it was"


def test_a_reader_that_trips_once_gets_a_second_try_and_no_third(tmp_path, monkeypatch, caplog):
    child, kept, tries = tmp_path / "child.py", tmp_path / "kept", tmp_path / "tries"
    tries.mkdir()
    child.write_text(
        f"import os\nn = len(os.listdir({str(tries)!r})); os.mkdir({str(tries)!r} + f'/{{n}}')\nos.abort() if n < 1 else print('{{}}')"
    )
    monkeypatch.setattr(inspection, "CHILD", child)
    assert inspection.look_into(kept, "pdf") == Seen()
    assert "ended with -6" in caplog.text
    child.write_text(child.read_text().replace("n < 1", "n < 9"))
    assert inspection.look_into(kept, "pdf") == CLOSED
    assert len(list(tries.iterdir())) == 4


def test_an_installation_without_readers_says_nothing_of_the_file(tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text(inspection.CHILD.read_text("utf-8").replace("import pypdfium2", "import there_is_no_such_library"))
    monkeypatch.setattr(inspection, "CHILD", child)
    (tmp_path / "kept").write_bytes(pdf(1))
    with pytest.raises(inspection.NoReader):
        inspection.look_into(tmp_path / "kept", "pdf")


@pytest.mark.parametrize("body", ["while True: pass", "import time; time.sleep(60)"], ids=["busy", "asleep"])
def test_a_reader_that_takes_too_long_is_ended(tmp_path, monkeypatch, body):
    child = tmp_path / "child.py"
    child.write_text(body)
    monkeypatch.setattr(inspection, "CHILD", child)
    monkeypatch.setattr(inspection, "CHILD_SECONDS", 1)
    monkeypatch.setattr(inspection, "GRACE_SECONDS", 1)
    began = time.monotonic()
    assert inspection.look_into(tmp_path / "any", "pdf") == CLOSED
    assert time.monotonic() - began < 10


def test_a_reader_whose_worker_was_killed_is_not_left_behind(tmp_path):
    """The alarm is set before the reader starts and holds without anybody who watches."""
    program = (
        "import sys; from pathlib import Path; from app.services import inspection as i\n"
        "i.CHILD, i.CHILD_SECONDS, i.GRACE_SECONDS = Path(sys.argv[1]), 1, 1\n"
        "i.look_into(Path(sys.argv[2]), 'pdf')"
    )
    child = tmp_path / "child.py"
    child.write_text("import time; time.sleep(60)")
    worker = subprocess.Popen([sys.executable, "-c", program, str(child), str(child)], cwd=Path(__file__).parents[2])
    found = until(lambda: children(worker.pid))
    worker.kill()
    worker.wait()
    assert until(lambda: not alive(found[0])), "still asleep"


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    return [int(child) for child in listed]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(look: Callable[[], Any]) -> Any:
    """Whatever it is, once it is something; given up after a minute, which a busy machine needs to start a reader."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(0.05)
    return None


def test_the_child_knows_nothing_of_the_application():
    text = inspection.CHILD.read_text("utf-8")
    assert "import app" not in text
    assert "from app" not in text
