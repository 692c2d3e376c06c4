"""Icons, inlined as SVG: `ic('send')` in a template. Only those used are vendored (Bootstrap Icons, MIT)."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from flask import Flask
from markupsafe import Markup, escape

_FOLDER = Path(__file__).parent / "static" / "vendor" / "bootstrap-icons"


@cache
def _paths(name: str) -> str:
    match = re.search(r"<svg[^>]*>(.*)</svg>", (_FOLDER / f"{name}.svg").read_text("utf-8"), re.DOTALL)
    if match is None:
        raise ValueError(f"not an icon: {name}")
    return match.group(1).strip()


def icon(name: str, label: str = "") -> Markup:
    """The icon as an inline SVG; hidden from screen readers unless it carries a label."""
    meaning = f'role="img" aria-label="{escape(label)}"' if label else 'aria-hidden="true"'
    return Markup(f'<svg class="ic" viewBox="0 0 16 16" {meaning}>{_paths(name)}</svg>')  # noqa: S704 - vendored paths, escaped label


def init_app(app: Flask) -> None:
    app.jinja_env.globals["ic"] = icon
