"""Files that people take with them: what there is, in which formats, how a request for one lives, and how long its file is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from app.domain.errors import N_

KEPT_FOR = timedelta(hours=72)
MOST_ATTEMPTS = 3
# Requests that wait or run at the same time, of one person: an impatient finger fills no queue.
MOST_WAITING = 5


class Product(StrEnum):
    """What a file holds."""

    WORKBOOK = "workbook"
    REPORTS = "reports"
    QUANTITIES = "quantities"
    EVIDENCE = "evidence"
    ARCHIVE = "archive"
    PAPER = "paper"


PRODUCT_NAMES = {
    Product.WORKBOOK: N_("Round workbook"),
    Product.REPORTS: N_("All reports, one row each"),
    Product.QUANTITIES: N_("All quantities, one row each"),
    Product.EVIDENCE: N_("List of evidence"),
    Product.ARCHIVE: N_("Reports and evidence (ZIP)"),
    Product.PAPER: N_("All reports as PDF"),
}


class Format(StrEnum):
    XLSX = "xlsx"
    CSV = "csv"
    PARQUET = "parquet"
    ZIP = "zip"
    PDF = "pdf"


MEDIA_TYPES = {
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.CSV: "text/csv",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ZIP: "application/zip",
    Format.PDF: "application/pdf",
}
TABLES = (Product.REPORTS, Product.QUANTITIES, Product.EVIDENCE)
FORMATS: dict[Product, tuple[Format, ...]] = {
    Product.WORKBOOK: (Format.XLSX,),
    **dict.fromkeys(TABLES, (Format.XLSX, Format.CSV, Format.PARQUET)),
    Product.ARCHIVE: (Format.ZIP,),
    Product.PAPER: (Format.PDF,),
}
# What tells each report as one whole, with its evidence.
WHOLE_REPORTS = (Product.ARCHIVE, Product.PAPER)
# What an office takes of its own.
OF_AN_OFFICE = (Product.WORKBOOK, Product.PAPER, Product.ARCHIVE)


class State(StrEnum):
    """The life of a request."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


STATE_NAMES = {
    State.WAITING: N_("Waits for its turn"),
    State.RUNNING: N_("Being made"),
    State.DONE: N_("Ready"),
    State.FAILED: N_("Not made"),
    State.CANCELLED: N_("Cancelled"),
    State.EXPIRED: N_("Expired"),
}
LIVING = (State.WAITING, State.RUNNING)


class Levels(StrEnum):
    """Which reviewed levels a file tells: those that are settled, those of frozen figures, those an office was told, or none."""

    SETTLED = "settled"
    FROZEN = "frozen"
    PUBLISHED = "published"
    NONE = "none"


def fingerprint(asked: Mapping[str, Any]) -> str:
    """What makes two requests the same file: sha256 in hex over everything that shapes it."""
    return hashlib.sha256(json.dumps(asked, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def percent(done: int, planned: int) -> int:
    """How far a request is, 0–100; never 100 before it is ready."""
    return min(99, done * 100 // planned) if planned else 0
