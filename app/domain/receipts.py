"""Receipts: their numbers, what the server's signature covers, and the code a reader of the paper types."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

CODE_CHARACTERS = 16
GROUP = 4


class Verdict(StrEnum):
    """What the public page says of a receipt, and nothing more."""

    GENUINE = "genuine"
    REPLACED = "replaced"
    TAKEN_BACK = "taken_back"
    NOT_GENUINE = "not_genuine"


def number(part_code: str, round_code: str, office: str, indicator_code: str, sequence: int) -> str:
    """'QP66-6-3603-X2', with '-2' and so on when a report is handed in again. A rehearsal's round code shows in its receipts."""
    found = f"{part_code}{round_code[2:]}-{office}-{indicator_code}"
    return found if sequence == 1 else f"{found}-{sequence}"


def number_of_whole(round_code: str, office: str, sequence: int) -> str:
    """'R66-6-3603' for the whole of an office's round, with '-2' and so on when it is handed in again."""
    found = f"R{round_code[2:]}-{office}"
    return found if sequence == 1 else f"{found}-{sequence}"


def signed_text(statement: Mapping[str, Any]) -> bytes:
    """What is signed: the statement in one fixed spelling, so that the same content always gives the same bytes."""
    return json.dumps(statement, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def code_of(signature: str) -> str:
    """Sixteen letters and digits that only the holder of this receipt knows, in fours: 'ABCD-EFGH-…'. 80 bits of the signature's hash."""
    letters = base64.b32encode(hashlib.sha256(signature.encode()).digest()).decode()[:CODE_CHARACTERS]
    return "-".join(letters[at : at + GROUP] for at in range(0, CODE_CHARACTERS, GROUP))


def plain_code(typed: str) -> str:
    """A code as people type it: any case, with or without hyphens, 0 and 1 for the letters they look like."""
    letters = re.sub(r"[^A-Z2-7]", "", typed.upper().replace("0", "O").replace("1", "I"))
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))
