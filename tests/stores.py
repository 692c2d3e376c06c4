"""A store of evidence as a test looks into it and spoils it, past the application, wherever its bytes lie."""

from __future__ import annotations

import hashlib
import io
import os

from app.storage import EvidenceStore, FolderStore


def names_in(store: EvidenceStore) -> list[str]:
    """Everything that lies there, also what is still on its way in; in S3 without the object with which the store is tried out."""
    if isinstance(store, FolderStore):
        return sorted(str(path.relative_to(store.root)) for path in store.root.rglob("*") if path.is_file())
    spooled = [f"incoming/on this host/{path.name}" for path in store._spool.rglob("*") if path.is_file()]  # type: ignore[attr-defined]
    # Whether a bucket can be written shows only a write: one object, over and over.
    found = (one.name for one in store._bucket.listed() if one.name != "probe")  # type: ignore[attr-defined]
    return sorted([*found, *spooled])


def under_way(store: EvidenceStore) -> list[str]:
    """What lies there of uploads that are not complete."""
    return [name for name in names_in(store) if name.startswith("incoming/")]


def bytes_of(store: EvidenceStore, key: str) -> bytes:
    with store.open(key) as file:
        return file.read()


def overwrite(store: EvidenceStore, key: str, content: bytes) -> None:
    """As a disk that forgets would."""
    if isinstance(store, FolderStore):
        store.path(key).write_bytes(content)
    else:
        store.put(key, io.BytesIO(content), size=len(content), sha256=hashlib.sha256(content).hexdigest())


def make_old(store: EvidenceStore) -> None:
    """Everything that lies there came long ago: what no row refers to may be swept."""
    if isinstance(store, FolderStore):
        for path in store.root.rglob("*"):
            if path.is_file():
                os.utime(path, (0, 0))
    else:
        store.orphan_grace_seconds = -60  # type: ignore[attr-defined]  # when an object came is the server's to say
