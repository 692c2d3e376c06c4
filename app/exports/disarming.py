"""Text in CSV that a spreadsheet would run as a formula."""

from __future__ import annotations

# A cell that begins like this is run as a formula by a spreadsheet; the wide signs by those of East Asia.
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def disarmed(text: str) -> str:
    """Text that a spreadsheet would run, with a quote before it."""
    return f"'{text}" if text.startswith(DANGEROUS) else text
