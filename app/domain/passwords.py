"""Which passwords are refused: those that others would try. Source: ASVS 5.0 6.2.

There is no composition rule: length, and not being guessable, count. The list of leaked passwords is part of the program; nothing is
asked of anybody."""

from __future__ import annotations

import gzip
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path

from app.domain.errors import N_, Refused
from app.domain.thai import single_line

PASSWORD_MIN_CHARACTERS = 12
PASSWORD_MAX_CHARACTERS = 128
# A word of the list with so few other signs around it is still that word.
MOST_SIGNS_AROUND = 6
# A few signs over and over.
LONGEST_UNIT = 6

_SEED = Path(__file__).parents[2] / "seed"
_CONTEXT_WORDS = ("emes", "obec", "สพฐ", "สพป", "สพม", "demo", "password", "รหัสผ่าน")
_LOOK_ALIKES = str.maketrans("013457@$", "oieastas")
# The same keys on the two keyboards of an office, without and with shift: many type a word of one with the other switched on.
_ROWS = (
    ("`1234567890-=", "_ๅ/-ภถุึคตจขช"),
    ("qwertyuiop[]\\", "ๆไำพะัีรนยบลฃ"),
    ("asdfghjkl;'", "ฟหกดเ้่าสวง"),
    ("zxcvbnm,./", "ผปแอิืทมใฝ"),
)
_SHIFTED = (
    ("~!@#$%^&*()_+", "%+๑๒๓๔ู฿๕๖๗๘๙"),
    ("QWERTYUIOP{}|", '๐"ฎฑธํ๊ณฯญฐ,ฅ'),
    ('ASDFGHJKL:"', "ฤฆฏโฌ็๋ษศซ."),
    ("ZXCVBNM<>?", "()ฉฮฺ์?ฒฬฦ"),
)
_TO_THAI = str.maketrans(
    {latin: thai for row in (*_ROWS, *_SHIFTED) for latin, thai in zip(*row, strict=True) if not latin.isdigit()}
)
# Signs that stand on both, such as - and /, stay what they are.
_TO_LATIN = str.maketrans(
    {thai: latin.lower() for row in (*_SHIFTED, *_ROWS) for latin, thai in zip(*row, strict=True) if ord(thai) > 0xE00}
)
_PLACES = {sign: (row, column) for row, (latin, _) in enumerate(_ROWS) for column, sign in enumerate(latin)}


@cache
def _leaked() -> str:
    """Every password of the list on a line of its own, in small letters. One text: as a set it would cost each process ten times as much."""
    ours = (_SEED / "common-passwords.txt").read_text("utf-8").lower()
    theirs = gzip.decompress((_SEED / "leaked-passwords.txt.gz").read_bytes()).decode("ascii")
    return f"\n{ours}\n{theirs}"


def is_leaked(word: str) -> bool:
    """Whether the list has it."""
    return bool(word) and "\n" not in word and f"\n{word}\n" in _leaked()


def check_password(password: str, *, email: str = "") -> None:
    """Raise Refused for a password that is too short, too long, on the list of leaked ones, or built of what others would try first: a word of
    that list with a few signs around it, words of this place and years, the person's own address, a walk over the keyboard."""
    if "\x00" in password:
        raise Refused(N_("The password contains a character that can't be typed"))
    if len(password) < PASSWORD_MIN_CHARACTERS:
        raise Refused(N_("Use a password of at least %(count)d characters"), count=PASSWORD_MIN_CHARACTERS)
    if len(password) > PASSWORD_MAX_CHARACTERS:
        raise Refused(N_("Use a password of at most %(count)d characters"), count=PASSWORD_MAX_CHARACTERS)
    lowered = password.lower()
    own_name = single_line(email).lower().partition("@")[0]
    if (len(own_name) > 3 and own_name in lowered) or any(_is_tried_first(word) for word in _as_typed(password)):
        raise Refused(N_("This password is easy to guess. Use a longer sentence that only you know."))


def _as_typed(password: str) -> Iterator[str]:
    """The password in small letters, and as it reads with the other keyboard switched on."""
    yield password.lower()
    if (latin := password.translate(_TO_LATIN).lower()) != password.lower():
        yield latin
    if (thai := password.translate(_TO_THAI)) != password:
        yield thai


def _is_tried_first(word: str) -> bool:
    letters = "".join(sign for sign in word if unicodedata.category(sign)[0] in "LM")
    own_letters = re.sub("|".join(_CONTEXT_WORDS), "", letters)
    # No letters at all, such as a number, is judged by the list alone.
    only_known_words = bool(letters) and (not own_letters or (own_letters != letters and is_leaked(own_letters)))
    return (
        is_leaked(word)
        or len(set(word)) < 5
        or only_known_words
        or _is_repeated(word)
        or _is_dressed_up(word)
        or _is_walk(word)
    )


def _is_repeated(word: str) -> bool:
    """A few signs over and over."""
    return any(word == (word[:length] * len(word))[: len(word)] for length in range(1, LONGEST_UNIT + 1))


def _is_dressed_up(word: str) -> bool:
    """A word of the list, once or twice, with figures and marks around it or in place of letters that they look like."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", word)
    if len(word) - len(core) > MOST_SIGNS_AROUND:
        return False
    half = core[: len(core) // 2]
    cores = {core, core.translate(_LOOK_ALIKES), half if core == half * 2 else ""}
    return any(is_leaked(found) for found in cores)


def _is_walk(word: str) -> bool:
    """Keys side by side, in two goes at most."""
    places = [_PLACES.get(sign) for sign in word]
    if None in places:
        return False
    goes, step = 1, 0
    for here, there in pairwise(places):
        if here is None or there is None:
            return False
        now = there[1] - here[1] if here[0] == there[0] else 0
        if now not in (1, -1) or (step and now != step):
            goes, step = goes + 1, 0
        else:
            step = now
    return goes <= 2
