"""What is given besides a password: who must, for how long something half done waits, what codes look like."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.access import Duty
from app.domain.thai import ascii_digits

# Whose mistake or loss concerns the whole country.
USUALLY_REQUIRED = (Duty.CENTRAL, Duty.EVALUATOR, Duty.MODERATOR, Duty.ADMIN)

STEP_SECONDS = 30
CODE_DIGITS = 6
# How far the clock of a phone may be off, in steps.
STEPS_OFF = 1

RECOVERY_CODES = 10
RECOVERY_CHARACTERS = 12
# Without those that one mistakes for another: 0 and o, 1 and l and i.
RECOVERY_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
FEW_CODES = 3

HALF_WAY_LIFETIME = timedelta(minutes=5)
# At a provider of single sign-on one may have to find a phone first.
SSO_LIFETIME = timedelta(minutes=10)
MOST_WRONG_CODES = 5
SET_UP_LIFETIME = timedelta(minutes=30)
# How long a proof of being there counts for acts that a thief would like: a new token, another factor, new recovery codes.
PROOF_LIFETIME = timedelta(minutes=10)

MOST_PASSKEYS = 10
NAME_MAX_CHARACTERS = 80

_CODE = re.compile(rf"\d{{{CODE_DIGITS}}}", re.ASCII)
_RECOVERY = re.compile(rf"[{RECOVERY_ALPHABET}]{{{RECOVERY_CHARACTERS}}}")


class Factor(StrEnum):
    """What was given besides the password, as a session remembers it."""

    CODE = "code"
    PASSKEY = "passkey"
    RECOVERY = "recovery"
    SSO = "sso"


@dataclass(frozen=True)
class Device:
    """A passkey as a list shows it."""

    id: int
    name: str
    added_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What a person has set up, and how many recovery codes are left."""

    app_added_at: datetime | None = None
    app_used_at: datetime | None = None
    passkeys: tuple[Device, ...] = ()
    codes_left: int = 0

    @property
    def has_app(self) -> bool:
        return self.app_added_at is not None

    @property
    def count(self) -> int:
        """How many there are; recovery codes are none by themselves."""
        return len(self.passkeys) + self.has_app


def is_required(duties: Iterable[str], required: frozenset[str]) -> bool:
    """Whether one of these duties asks for a second factor."""
    return not required.isdisjoint(duties)


def as_code(typed: str) -> str | None:
    """The digits of a code of an app: Thai digits, spaces and hyphens are taken. None for what is no such code."""
    digits = re.sub(r"[\s\-]", "", ascii_digits(typed))
    return digits if _CODE.fullmatch(digits) else None


def as_recovery_code(typed: str) -> str | None:
    """A recovery code as it is kept: small letters, without hyphens. None for what is no such code."""
    code = re.sub(r"[\s\-]", "", typed.lower())
    return code if _RECOVERY.fullmatch(code) else None


def recovery_code_for_people(code: str) -> str:
    """'abcdefghjkmn' as 'abcd-efgh-jkmn'."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def is_fresh(proved_at: datetime | None, now: datetime) -> bool:
    """Whether the last proof still counts for a sensitive act."""
    return proved_at is not None and now - proved_at <= PROOF_LIFETIME
