"""Slots that take evidence, and which files are taken."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from app.domain.errors import N_, Refused
from app.domain.thai import single_line

MAX_FILES_PER_SLOT = 3
PA_LESSON = "pa.lesson"
PA_EVIDENCE = "pa.evidence"
LESSON_MAX_PAGES = 1
MAX_NAME_CHARACTERS = 200

# Names that Windows keeps for devices, with whatever extension.
WINDOWS_KEEPS = {
    "CON",
    "PRN",
    "AUX",
    "NUL",
    "CONIN$",
    "CONOUT$",
    *(f"{port}{sign}" for port in ("COM", "LPT") for sign in "123456789¹²³"),
}


def criterion_slot(number: int) -> str:
    """The slot key of a consideration issue, as in the contract: `criterion.<no>`."""
    return f"criterion.{number}"


@dataclass(frozen=True)
class MediaKind:
    """A kind of file offices may send: what its content must look like, and how it is given back."""

    extension: str
    media_type: str
    badge: str
    is_clip: bool = False
    shows_inline: bool = False


_KINDS = (
    MediaKind("pdf", "application/pdf", "PDF", shows_inline=True),
    MediaKind("jpg", "image/jpeg", "JPG", shows_inline=True),
    MediaKind("png", "image/png", "PNG", shows_inline=True),
    MediaKind("mp4", "video/mp4", "MP4", is_clip=True, shows_inline=True),
    MediaKind("mov", "video/quicktime", "MOV", is_clip=True),
    MediaKind("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "DOC"),
    MediaKind("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLS"),
    MediaKind("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", "PPT"),
)
# Kinds that people do send, and what to send instead.
_OTHER_KINDS = (
    (
        frozenset({"zip", "rar", "7z", "tar", "gz", "tgz"}),
        N_("“%(name)s” is an archive, which evaluators can't look into. Unpack it and attach the files themselves."),
    ),
    (
        frozenset({"docm", "xlsm", "pptm", "dotm", "xltm", "xlsb", "xlam", "ppsm"}),
        N_("“%(name)s” contains macros. Save it without macros or as PDF."),
    ),
    (
        frozenset({"doc", "xls", "ppt", "dot", "pps", "rtf", "odt", "ods", "odp"}),
        N_("“%(name)s” is of a kind that can't be shown here. Save it as DOCX, XLSX, PPTX or PDF."),
    ),
)
MEDIA_KINDS = {kind.extension: kind for kind in _KINDS}
_ALIASES = {"jpeg": "jpg", "jpe": "jpg", "m4v": "mp4"}
ALLOWED_NAMES = "PDF, JPG, PNG, MP4, MOV, DOCX, XLSX, PPTX"
PICKER_ACCEPT = ",".join(f".{extension}" for extension in [*MEDIA_KINDS, *_ALIASES])


def safe_name(name: str) -> str:
    """The file's own name for people: no folders, no controls, at most 200 characters with the extension kept.

    Only for display and download; where the bytes lie is decided by the server alone."""
    base = re.split(r"[/\\]", unicodedata.normalize("NFC", single_line(name)))[-1].strip(" .")
    base = re.sub(r"^[A-Za-z]:", "", base)
    if not base:
        return "file"
    if base.partition(".")[0].upper() in WINDOWS_KEEPS:
        base = f"_{base}"
    stem, dot, extension = base.rpartition(".")
    if len(base) <= MAX_NAME_CHARACTERS:
        return base
    if dot and len(extension) <= 10:
        return f"{stem[: MAX_NAME_CHARACTERS - len(extension) - 2]}…{dot}{extension}"
    return f"{base[: MAX_NAME_CHARACTERS - 1]}…"


def kind_of(name: str) -> MediaKind:
    """The kind a name claims. Raises Refused, naming the kinds that are taken."""
    stem, dot, extension = name.rpartition(".")
    extension = extension.lower()
    kind = MEDIA_KINDS.get(_ALIASES.get(extension, extension)) if dot and stem else None
    if kind is None:
        if extension in {"heic", "heif"}:
            raise Refused(
                N_("“%(name)s” is an iPhone HEIC picture. Send it as JPG: Settings › Camera › Formats › Most Compatible."),
                name=name,
            )
        if dot and (advice := next((said for names, said in _OTHER_KINDS if extension in names), None)):
            raise Refused(advice, name=name)
        raise Refused(N_("“%(name)s” can't be used. Use %(kinds)s."), name=name, kinds=ALLOWED_NAMES)
    return kind


def require_content(kind: MediaKind, found: str | None, name: str) -> None:
    """The content must be what the name claims. `found` is the extension that the bytes themselves show, or None."""
    if found is None or _ALIASES.get(found, found) != kind.extension:
        raise Refused(
            N_("The content of “%(name)s” is not a real %(kind)s file. Save it again and attach it once more."),
            name=name,
            kind=kind.extension.upper(),
        )


def require_size(kind: MediaKind, size: int, name: str, *, max_file_mb: int, max_clip_mb: int) -> None:
    """Raise Refused for an empty file or one over its limit. Sizes in bytes, limits in MiB."""
    if size == 0:
        raise Refused(N_("“%(name)s” is empty (0 bytes). Choose another file."), name=name)
    limit_mb = max_clip_mb if kind.is_clip else max_file_mb
    if size > limit_mb * 1024 * 1024:
        raise Refused(
            N_("“%(name)s” is %(size)d MB; the limit is %(limit)d MB. Save it smaller and attach it again."),
            name=name,
            size=-(-size // (1024 * 1024)),
            limit=limit_mb,
        )


class NoRoom(Refused):
    """An office would keep more than its share of the store."""

    status = 413


def require_room(used: int, adding: int, *, quota_mb: int) -> None:
    """Raise NoRoom where an office's files would take more than its room of so many MiB; 0 is no limit. Sizes in bytes."""
    mebibyte = 1024 * 1024
    if quota_mb and used + adding > quota_mb * mebibyte:
        raise NoRoom(
            N_(
                "Your office has used %(used)d MB of its %(quota)d MB for files; %(size)d MB more do not fit. Delete files that are not needed or save this one smaller. If you need more room, ask the centre."
            ),
            used=-(-used // mebibyte),
            quota=quota_mb,
            size=-(-adding // mebibyte),
        )


def require_kind_of_slot(kind: MediaKind, slot: str) -> None:
    """The lesson learned is a PDF; every other slot takes every kind. Source: manual §3.7."""
    if slot == PA_LESSON and kind.extension != "pdf":
        raise Refused(N_("The lesson learned must be a PDF of 1 A4 page"))
