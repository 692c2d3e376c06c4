"""What an account may look like: e-mail, telephone, password."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from app.domain.errors import N_, Refused
from app.domain.thai import ascii_digits, single_line

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 128
_PHONE = re.compile(r"0(2\d{7}|[3-7]\d{7}|[689]\d{8})", re.ASCII)
_EMAIL = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@.,;<>\"]{2,}")
_CONTEXT_WORDS = ("emes", "obec", "สพฐ", "สพป", "สพม", "demo", "password", "รหัสผ่าน")


def parse_phone(text: str) -> str:
    """Digits of a Thai number, with ' ต่อ n' for an extension; +66, spaces, hyphens and Thai digits are taken.
    Raises Refused. Source: conventions §4."""
    cleaned = ascii_digits(text).strip()
    number, _, extension = re.sub(r"(?i)\s*(?:ต่อ|ext\.?|#)\s*", "|", cleaned, count=1).partition("|")
    digits = re.sub(r"[\s\-.()]", "", number)
    digits = re.sub(r"^\+?66", "0", digits) if digits.startswith(("+66", "66")) else digits
    if not _PHONE.fullmatch(digits) or (extension and not re.fullmatch(r"[0-9]{1,6}", extension.strip())):
        raise Refused(N_("Enter a telephone number of 9–10 digits"))
    return f"{digits} ต่อ {extension.strip()}" if extension else digits


def phone_for_people(stored: str) -> str:
    """'022885867' as '0 2288 5867', '0812345678' as '08 1234 5678'."""
    digits, _, extension = stored.partition(" ")
    if len(digits) == 9:
        digits = f"{digits[0]} {digits[1:5]} {digits[5:]}"
    elif len(digits) == 10:
        digits = f"{digits[:2]} {digits[2:6]} {digits[6:]}"
    return f"{digits} {extension}".strip()


def check_email(text: str) -> None:
    """Raise Refused for what can't be a mailbox. Whether it is one, the link in a mail tells."""
    if len(text) > 254 or not _EMAIL.fullmatch(text):
        raise Refused(N_("Enter an e-mail address such as name@example.go.th"))


def normal_email(text: str) -> str:
    """One spelling for one mailbox: trimmed, lower case."""
    return single_line(text).lower()


@cache
def _common_passwords() -> frozenset[str]:
    path = Path(__file__).parents[2] / "seed" / "common-passwords.txt"
    return frozenset(line.strip().lower() for line in path.read_text("utf-8").splitlines() if line.strip())


def check_password(password: str, *, email: str = "") -> None:
    """Raise Refused for a password that is too short, too long, too common or built on the person's own address.
    There is no composition rule: length and not being guessable count. Source: ASVS 5.0 6.2."""
    if "\x00" in password:
        raise Refused(N_("The password contains a character that can't be typed"))
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise Refused(N_("Use a password of at least %(count)d characters"), count=PASSWORD_MIN_CHARACTERS)
    if len(password) > PASSWORD_MAX_CHARACTERS:
        raise Refused(N_("Use a password of at most %(count)d characters"), count=PASSWORD_MAX_CHARACTERS)
    lowered = password.lower()
    letters = "".join(sign for sign in lowered if unicodedata.category(sign)[0] in "LM")
    own_words = re.sub("|".join(_CONTEXT_WORDS), "", letters)
    if (
        lowered in _common_passwords()
        or len(set(lowered)) < 5
        or (email and normal_email(email).partition("@")[0] in lowered and len(email.partition("@")[0]) > 3)
        or (letters and not own_words)
    ):
        raise Refused(N_("This password is easy to guess. Use a longer sentence that only you know."))
