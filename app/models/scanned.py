"""What every file has in which viruses are searched for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.scanning import ScanState
from app.extensions import UtcDateTime


class Scanned:
    """`scan_said` is the name of a virus, or why a file could not be scanned. A file that waits is scanned when `scan_next_at` has come.

    Rows over the same bytes are scanned together."""

    scan_state: Mapped[str] = mapped_column(String(10), default=ScanState.RECEIVED.value, server_default="received")
    scan_said: Mapped[str] = mapped_column(String(100), default="", server_default="")
    scan_tries: Mapped[int] = mapped_column(default=0, server_default="0")
    scan_next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    scanned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
