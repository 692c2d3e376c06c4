"""Evidence bytes: received once, hashed on the way, put in place durably, opened, deleted. Only this package knows disk and S3."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, current_app

from app.storage.evidence_store import (
    FREE_SPACE_FLOOR_BYTES,
    BeingWritten,
    EvidenceStore,
    IncomingFile,
    StoredFile,
    StoredReader,
    StoreFull,
    StoreUnreachable,
    WrongStart,
    says_full,
)
from app.storage.folder import FolderStore

__all__ = [
    "FREE_SPACE_FLOOR_BYTES",
    "BeingWritten",
    "EvidenceStore",
    "FolderStore",
    "IncomingFile",
    "StoreFull",
    "StoreUnreachable",
    "StoredFile",
    "StoredReader",
    "WrongStart",
    "evidence_store",
    "init_app",
    "open_store",
    "says_full",
]


def open_store(url: str, config: dict[str, Any]) -> EvidenceStore:
    """The store at an address: `file:///folder` or `s3://bucket/prefix`. Raises ValueError for any other."""
    address = urlsplit(url)
    if address.scheme == "file" and not address.netloc and address.path:
        return FolderStore(Path(address.path))
    if address.scheme != "s3" or not address.netloc:
        raise ValueError(f"{url!r} is no place for files: name file:///folder or s3://bucket/prefix")
    # Imported where it is wanted: it takes a third of a second, which an installation with a folder need not pay.
    from app.storage.s3 import S3Store
    from app.storage.s3_objects import Address

    bucket = Address(
        bucket=address.netloc,
        prefix=address.path.strip("/"),
        endpoint=config["EMES_S3_ENDPOINT"],
        key_id=config["AWS_ACCESS_KEY_ID"],
        secret=config["AWS_SECRET_ACCESS_KEY"],
        region=config["AWS_REGION"],
    )
    return S3Store(bucket, Path(config["EMES_DATA_DIR"]) / "spool")


def init_app(app: Flask) -> None:
    """Open the store that EMES_STORAGE_URL names."""
    app.extensions["emes_storage"] = open_store(app.config["EMES_STORAGE_URL"], app.config)


def evidence_store() -> EvidenceStore:
    """The store of the running application."""
    store: EvidenceStore = current_app.extensions["emes_storage"]
    return store
