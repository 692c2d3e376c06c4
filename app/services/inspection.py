"""Looking into one file in a child process (`services.children`): whether it opens, is locked or blank, and how many pages it has."""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path

from app import inspection_child
from app.domain.advice import Seen
from app.services import children

CHILD = Path(inspection_child.__file__)
CHILD_SECONDS = 20
GRACE_SECONDS = 5
MAX_ANSWER_BYTES = 4096
DOES_NOT_OPEN = Seen(opens=False)
log = logging.getLogger(__name__)


class NoReader(RuntimeError):
    """The libraries that read files are not there: a fault of the installation, not of the file."""


def look_into(path: Path, extension: str) -> Seen:
    """What a file shows. A reader that takes too long or too much memory, or that crashes twice, has shown that it does not open.

    Raises NoReader where nothing can be known of any file."""
    for _ in range(2):
        began = time.monotonic()
        code, answer = _ask_child(path, extension)
        if code == 0:
            return _understood(answer)
        if code == inspection_child.NO_READER:
            raise NoReader
        if code == inspection_child.DOES_NOT_OPEN:
            break
        log.warning("the reader of a %s ended with %s", extension, code)
        if time.monotonic() - began > CHILD_SECONDS:
            break
    return DOES_NOT_OPEN


def _ask_child(path: Path, extension: str) -> tuple[int, bytes]:
    """How the child ended, and what it said."""
    return children.ask(
        CHILD,
        str(path),
        extension,
        seconds=CHILD_SECONDS,
        grace_seconds=GRACE_SECONDS,
        most_bytes=MAX_ANSWER_BYTES,
    )


def _understood(answer: bytes) -> Seen:
    """The child's answer, taken apart as something that a hostile file may have written."""
    try:
        said = json.loads(answer)
        pages = said.get("pages")
        return Seen(
            opens=said.get("opens", True) is True,
            locked=said.get("locked") is True,
            blank=said.get("blank") is True,
            pages=pages if type(pages) is int and 0 < pages < 1_000_000 else None,
        )
    except (ValueError, AttributeError, RecursionError):
        log.warning("a reader of a file gave no answer that can be read")
        return DOES_NOT_OPEN
