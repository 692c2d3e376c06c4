"""Names inside an archive: readable in Thai, sorting as the indicators do, and good on Windows, macOS and Linux alike.

They are Thai whoever asks for the archive, so that the same archive always has the same names."""

from __future__ import annotations

import re
import unicodedata

from app.domain.evidence import PA_EVIDENCE, PA_LESSON, WINDOWS_KEEPS
from app.domain.thai import single_line

# Of a whole path inside the archive, in UTF-16 units, which is what Windows counts: it leaves room for the folder it is unpacked into.
MOST_PATH_UNITS = 200
_MOST_OFFICE, _MOST_CODE, _MOST_SLOT, _MOST_EXTENSION = 40, 24, 16, 8
_REPORT = "รายงาน"
_SLOTS = {PA_LESSON: "PA-ถอดบทเรียน", PA_EVIDENCE: "PA-หลักฐาน"}
_FORBIDDEN = re.compile(r'[<>:"/\\|?*]')
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_MARKS = ("Mn", "Mc", "Me")
_LEADING_VOWELS = "เแโใไ"
_NUMBER = re.compile(r"[0-9]+")


def units(text: str) -> int:
    """How long a text is in UTF-16 units."""
    return len(text) + sum(sign > "\uffff" for sign in text)


def cut(text: str, most: int) -> str:
    """A text of at most so many UTF-16 units, with … where its end was taken away; never between a letter and the signs on it."""
    if units(text) <= most:
        return text
    end, used = 0, units("…")
    while used + units(text[end]) <= most:
        used += units(text[end])
        end += 1
    while end and unicodedata.category(text[end]) in _MARKS:
        end -= 1
    return f"{text[:end].rstrip(_LEADING_VOWELS).rstrip(' .')}…"


def plain(text: str) -> str:
    """A text that may be a name on every system: one line, NFC, never empty, nothing invisible, no sign and no word that Windows keeps for itself."""
    visible = "".join(sign for sign in single_line(text) if unicodedata.category(sign) not in _INVISIBLE)
    name = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", visible)).strip(" .") or "_"
    return f"_{name}" if name.partition(".")[0].rstrip().upper() in WINDOWS_KEEPS else name


def padded(full_code: str) -> str:
    """'QP-04' of QP-4, 'QP-06a', 'AP-01.01': every number with two digits, so that names sort as the indicators do."""
    return _NUMBER.sub(lambda found: found[0].zfill(2), full_code)


def slot_word(slot: str) -> str:
    """'2' of the slot of issue 2; the slots of the challenge issue in Thai words."""
    return _SLOTS.get(slot) or cut(plain(slot.removeprefix("criterion.")), _MOST_SLOT)


class Names:
    """Names given out in one archive. None is given twice, nor one that differs from another only in upper and lower case."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def folder(self, short_name: str, area_code: str) -> str:
        """'สพป.ชัยภูมิ เขต 3 [P-CPM-3]/'"""
        code = f" [{cut(plain(area_code), _MOST_CODE)}]"
        return f"{self._free('', cut(plain(short_name), _MOST_OFFICE), code)}/"

    def report(self, full_code: str, short_name: str, *, folder: str = "") -> str:
        """'QP-04-0_รายงาน_สพป.ชัยภูมิ เขต 3.pdf': before everything that belongs to it."""
        return self._file(f"{self._code(full_code)}-0_", _REPORT, short_name, ".pdf", folder=folder)

    def evidence(self, full_code: str, slot: str, original_name: str, short_name: str, *, folder: str = "") -> str:
        """'QP-04-2_คำสั่ง_สพป.ชัยภูมิ เขต 3.pdf' of a file 'คำสั่ง.pdf' for issue 2."""
        stem, dot, extension = plain(original_name).rpartition(".")
        if not (stem and extension.isascii() and extension.isalnum() and len(extension) <= _MOST_EXTENSION):
            stem, dot, extension = plain(original_name), "", ""
        head = f"{self._code(full_code)}-{slot_word(slot)}_"
        return self._file(head, stem.rstrip(" ."), short_name, f"{dot}{extension}", folder=folder)

    def _file(self, head: str, stem: str, short_name: str, extension: str, *, folder: str) -> str:
        office = f"_{cut(plain(short_name), _MOST_OFFICE)}".rstrip(" ._")
        return self._free(f"{folder}{head}", stem, office, extension)

    def _code(self, full_code: str) -> str:
        return cut(plain(padded(full_code)), _MOST_CODE)

    def _free(self, head: str, stem: str, office: str, extension: str = "") -> str:
        """The first name that is free: a second gets (2). What is too long is cut in the middle, where the original name stands."""
        number, tail = 1, f"{office}{extension}"
        while True:
            name = f"{head}{cut(stem, MOST_PATH_UNITS - units(head) - units(tail))}{tail}"
            key = unicodedata.normalize("NFKC", name).casefold()
            if key not in self._given:
                self._given.add(key)
                return name
            number += 1
            tail = f"{office} ({number}){extension}"
