"""Previews of evidence: a page as a picture, the text of an Office file. Made once in a child process (`services.children`), then kept.

Only what the child drew or spelled out anew reaches a browser; the file's own bytes never run beside our pages."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeAlias

from app import inspection_child, preview_child
from app.domain.errors import NotFound
from app.previews import PreviewStore
from app.services import children

CHILD = Path(preview_child.__file__)
CHILD_SECONDS = 20
GRACE_SECONDS = 5
MAX_PICTURE_BYTES = 8 * 1024 * 1024
MAX_TEXT_BYTES = 4 * 1024 * 1024
PAGED = frozenset({"pdf", "jpg", "png"})
TEXTS = frozenset(preview_child.READERS)
MAX_BLOCKS = 20_000
# Brings the file to where the child can read it; asked only where there is no preview yet.
Source: TypeAlias = Callable[[], AbstractContextManager[Path]]
log = logging.getLogger(__name__)


class NoPreview(NotFound):
    """Nothing of the file can be shown; it can still be downloaded."""


def page(store: PreviewStore, source: Source, sha256: str, extension: str, number: int) -> Path:
    """The picture of a page, counted from 1. Raises NoPreview, or TooBusy from `previews`."""
    return _made(store, source, sha256, f"{number}.webp", ("page", extension, str(number)), MAX_PICTURE_BYTES)


def text(store: PreviewStore, source: Source, sha256: str, extension: str) -> dict[str, Any]:
    """What an Office file says: {"blocks": [[kind, content], …], "cut": bool}, every text of it yet to be escaped. Raises like `page`."""
    said = json.loads(_made(store, source, sha256, "text.json", ("text", extension), MAX_TEXT_BYTES).read_bytes())
    return {"blocks": said["blocks"], "cut": said["cut"]}


def _made(store: PreviewStore, source: Source, sha256: str, name: str, asked: tuple[str, ...], most_bytes: int) -> Path:
    refused = f"{name.partition('.')[0]}.refused"
    if store.find(sha256, refused):
        raise NoPreview
    if (kept := store.find(sha256, name)) is not None:
        return kept
    with store.slot():
        if (kept := store.find(sha256, name)) is not None:
            return kept  # another request made it while this one waited
        what, *rest = asked
        with source() as path:
            code, answer = children.ask(
                CHILD,
                what,
                str(path),
                *rest,
                seconds=CHILD_SECONDS,
                grace_seconds=GRACE_SECONDS,
                most_bytes=most_bytes,
            )
    if code == 0 and (is_picture(answer) if what == "page" else _is_text(answer)):
        return store.keep(sha256, name, answer)
    if code == inspection_child.DOES_NOT_OPEN:
        store.keep(sha256, refused, b"")  # it will not open the next time either
    else:
        log.warning("the preview of a %s ended with %s", asked[1], code)
    raise NoPreview


def is_picture(answer: bytes) -> bool:
    """Whether the child's answer begins as a WebP picture does and is as long as it says."""
    return answer[:4] == b"RIFF" and answer[8:12] == b"WEBP" and int.from_bytes(answer[4:8], "little") + 8 == len(answer)


def _is_text(answer: bytes) -> bool:
    """Whether the child's answer has the shape of a text, taken apart as something that a hostile file may have written."""
    try:
        said = json.loads(answer)
        blocks = said["blocks"]
        return isinstance(said["cut"], bool) and len(blocks) <= MAX_BLOCKS and all(_is_block(*block) for block in blocks)
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def _is_block(kind: object, content: object) -> bool:
    if kind == "t":
        return isinstance(content, list) and all(
            isinstance(row, list) and all(isinstance(cell, str) for cell in row) for row in content
        )
    return kind in ("h", "p") and isinstance(content, str)
