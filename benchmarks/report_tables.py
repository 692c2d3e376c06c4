"""What every part of the report is made of: tables, and where and when it was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"


def circumstances(found: Mapping[str, Any]) -> str:
    load = f"load before it {found['load_before']}" + (f", after it {found['load_after']}" if "load_after" in found else "")
    return f"{found['date']}, commit {found['commit']}, {found['machine']}, Python {found['python']}, {load}."
