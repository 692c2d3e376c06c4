"""Bring the message catalogues up to date with the code; with `--check`, only say whether they are.

Run from anywhere as `.venv/bin/python translations/update.py`. The ids are English and come from three places: the application
(as `babel.cfg` says), the validators and fields of WTForms, and the Python side of Flask-AppBuilder, which ships no Thai. The
files carry neither dates nor line numbers, so a second run changes nothing. English says each id as it stands; Thai is written
by people, and a new id stands there with an empty translation until one of them fills it in.
"""

from __future__ import annotations

import argparse
import io
import re
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).parent
ROOT = HERE.parent
TEMPLATE = HERE / "messages.pot"
LANGUAGES = ("th", "en")
HEADER = "# Messages of e-MES. Made by translations/update.py; only the Thai msgstr lines are written by hand."

# What each function takes: positions of the singular and the plural among its arguments.
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "_l": None,
    "N_": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
}
# Libraries whose messages can reach a screen of ours, and the files that hold them. The framework's own security screens,
# charts and filter names are not among them: none of its screens is registered and the lists have filters of our own.
LIBRARIES = {
    "wtforms": ("validators.py", "fields/**.py"),
    "flask_appbuilder": (
        "baseviews.py",
        "const.py",
        "fields.py",
        "fieldwidgets.py",
        "messages.py",
        "upload.py",
        "validators.py",
    ),
}
CHANGING_HEADERS = re.compile(
    rb'^"(?:Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n', re.M
)
PLACEHOLDER = re.compile(r"%%|%(?:\(\w+\))?[#0\- +]*\d*(?:\.\d+)?[sdifgxr]")

Translation = str | list[str] | tuple[str, ...] | None


def _extracted() -> Iterator[tuple[str | tuple[str, ...], list[str]]]:
    """Every message id with the comments for its translators."""
    with (HERE / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file, filename="babel.cfg")
    for _, _, ids, comments, _ in extract_from_dir(ROOT, methods, options, KEYWORDS, ("For translators:",)):
        yield ids, comments
    for library, patterns in LIBRARIES.items():
        found = find_spec(library)
        if found is None or found.origin is None:
            raise RuntimeError(f"{library} is not installed")
        folder = Path(found.origin).parent
        for _, _, ids, _, _ in extract_from_dir(folder, [(pattern, "python") for pattern in patterns], {}, KEYWORDS):
            yield ids, []


def template() -> Catalog:
    """The ids that the code and its libraries use now."""
    catalog = Catalog(project="e-MES", version="1", charset="utf-8", header_comment=HEADER, fuzzy=False)
    for ids, comments in _extracted():
        catalog.add(ids, auto_comments=comments)
    return catalog


def catalogue_path(language: str) -> Path:
    return HERE / language / "LC_MESSAGES" / "messages.po"


def read(language: str) -> Catalog:
    """The catalogue of a language as it is kept; empty where there is none."""
    path = catalogue_path(language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def messages(catalog: Catalog) -> list[Message]:
    """The messages of a catalogue without its header."""
    return [message for message in catalog if message.id]


def forms(text: Translation) -> tuple[str, ...]:
    """The forms of an id or of a translation: one, or singular and plurals."""
    return tuple(text) if isinstance(text, list | tuple) else (text or "",)


def placeholders(text: str) -> list[str]:
    """The placeholders of a text, in the order of their names, since a translation may turn them round."""
    return sorted(match.group(0) for match in PLACEHOLDER.finditer(text))


def updated(language: str, source: Catalog) -> Catalog:
    """The catalogue of a language for these ids: kept translations, English from the id, nothing guessed, nothing obsolete."""
    kept = read(language)
    catalog = Catalog(locale=language, project="e-MES", version="1", charset="utf-8", header_comment=HEADER, fuzzy=False)
    for message in messages(source):
        plural = not isinstance(message.id, str)
        string: Translation = ("",) * catalog.num_plurals if plural else ""
        if language == "en":
            string = forms(message.id) if plural else message.id
        elif (known := kept.get(message.id)) and isinstance(known.string, str) is not plural:
            string = known.string
        catalog.add(message.id, string, auto_comments=message.auto_comments)
    return catalog


def rendered(catalog: Catalog) -> bytes:
    """The text of a .pot or .po file, the same for the same messages on every machine and day."""
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=0, no_location=True, sort_output=True, ignore_obsolete=True)
    return CHANGING_HEADERS.sub(b"", buffer.getvalue())


def wanted() -> tuple[dict[Path, bytes], dict[str, Catalog]]:
    """What the kept files should hold, and the catalogues behind them."""
    source = template()
    catalogues = {language: updated(language, source) for language in LANGUAGES}
    files = {TEMPLATE: rendered(source)}
    files |= {catalogue_path(language): rendered(catalog) for language, catalog in catalogues.items()}
    return files, catalogues


def untranslated(catalog: Catalog) -> list[str]:
    """The ids for which a catalogue has no words yet."""
    return sorted(forms(message.id)[0] for message in messages(catalog) if not all(forms(message.string)))


def faults() -> list[str]:
    """What keeps the kept catalogues from being right; empty when all is well. Writes nothing."""
    files, catalogues = wanted()
    found = [
        f"{path.relative_to(ROOT)} differs from what the code says: run translations/update.py"
        for path, content in files.items()
        if not path.exists() or path.read_bytes() != content
    ]
    return found + [f"no Thai for: {text!r}" for text in untranslated(catalogues["th"])]


def write() -> None:
    """Write and compile the catalogues; say which ids wait for Thai."""
    files, catalogues = wanted()
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(f"wrote {path.relative_to(ROOT)}")
    for language, catalog in catalogues.items():
        with catalogue_path(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, catalog)
    for text in untranslated(catalogues["th"]):
        print(f"no Thai yet: {text!r}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 when something is to be done")
    if not parser.parse_args().check:
        write()
        return 0
    found = faults()
    for fault in found:
        print(fault)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
