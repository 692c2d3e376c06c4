"""What an account may look like: e-mail and telephone. Passwords are judged in `passwords`."""

from __future__ import annotations

import re

from app.domain.errors import N_, Refused
from app.domain.thai import ascii_digits, single_line

# What the label of a box for a person does not say, the same wherever somebody is named.
NAME_HINT = N_("With title, first name and family name")
POSITION_HINT = N_("With its level, such as Policy and Plan Analyst, Professional Level")
PHONE_HINT = N_("Such as 0 4481 2345 ext. 12, or 08 1234 5678")

_PHONE = re.compile(r"0(2\d{7}|[3-7]\d{7}|[689]\d{8})", re.ASCII)
_EMAIL = re.compile(r"[^\s@,;<>\"]{1,64}@[^\s@,;<>\"]+\.[^\s@.,;<>\"]{2,}")


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
