"""The guides that people read in the program: Markdown files of `app/help/`, in both languages, made into pages once.

A picture is named by its file of `static/help/<language>/`; `scripts/help-pictures` takes it from the running application."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup
from PIL import Image

FOLDER = Path(__file__).parent / "help"
PICTURES = Path(__file__).parent / "static" / "help"

# In the order in which they stand on the page; the first is for everybody.
GUIDES = (
    "start",
    "reporter",
    "coordinator",
    "director",
    "evaluator",
    "moderator",
    "analyst",
    "central",
    "admin",
    "accessibility",
)


@dataclass(frozen=True)
class Heading:
    """A part of a guide that can be led to."""

    anchor: str
    text: str


@dataclass(frozen=True)
class Guide:
    """A guide as a page: its title, what it is for in a sentence, its parts, and the rest as HTML."""

    key: str
    title: str
    about: str
    parts: tuple[Heading, ...]
    body: Markup


def _anchor(text: str) -> str:
    """The anchor that a heading names itself, as in `## Signing in {sign-in}`: the same in both languages."""
    return text.rpartition("{")[2].rstrip("}").strip() if text.endswith("}") else ""


def _picture(token: Token, language: str) -> None:
    """Size and address of a picture, so that the page does not jump when it comes."""
    name = str(token.attrs["src"])
    path = PICTURES / language / name
    with Image.open(path) as picture:
        token.attrs |= {"width": picture.width, "height": picture.height}
    # Browsers keep it for a year; another picture has another address.
    version = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    token.attrs |= {"src": f"/static/help/{language}/{name}?v={version}", "loading": "lazy", "class": "shot"}


def _parts(tokens: list[Token]) -> list[Heading]:
    """The second-level headings; what names their anchor is taken out of what people read."""
    found = []
    for opening, inline in pairwise(tokens):
        if opening.type != "heading_open" or opening.tag not in ("h2", "h3"):
            continue
        anchor = _anchor(inline.content)
        opening.attrs = {"id": anchor, "tabindex": "-1"}
        text = inline.content.rpartition("{")[0].strip()
        for child in inline.children or ():
            child.content = child.content.rpartition(" {")[0] if child.content.endswith("}") else child.content
        if opening.tag == "h2":
            found.append(Heading(anchor, text))
    return found


@cache
def guide(key: str, language: str) -> Guide | None:
    """A guide in a language; None for one that there is not. The first line is its title, the first paragraph what it is for."""
    if key not in GUIDES:
        return None
    source = (FOLDER / language / f"{key}.md").read_text("utf-8")
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse(source)
    title, about = tokens[1].content, tokens[4].content
    tokens = tokens[6:]
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                _picture(child, language)
    parts = _parts(tokens)
    html = reader.renderer.render(tokens, reader.options, {})
    return Guide(key, title, about, tuple(parts), Markup(html))  # noqa: S704 - made of our own files, raw HTML switched off


def guides(language: str) -> list[Guide]:
    """All of them, in their order."""
    return [found for key in GUIDES if (found := guide(key, language))]
