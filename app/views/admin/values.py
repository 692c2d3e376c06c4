"""How generated screens show the values of columns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app import formatting
from app.icons import icon
from app.models import Indicator, Part
from app.models.indicator import CONFIDENCE_NAMES


def _tag(look: str, text: str, icon_name: str) -> Markup:
    return Markup('<span class="tag {}">{}{}</span>').format(look, icon(icon_name), text)


def _in_use(value: bool) -> Markup:
    return _tag("ok", gettext("In use"), "check-circle-fill") if value else _tag("", gettext("Out of use"), "archive")


def _illustrative(value: bool) -> Any:
    return _tag("warn", gettext("Illustrative"), "exclamation-triangle-fill") if value else ""


def _certainty(value: str) -> Any:
    name = gettext(CONFIDENCE_NAMES.get(value, value))
    return name if value == "certain" else _tag("warn", name, "exclamation-triangle-fill")


# Columns that central staff look for: what is out of use, and what was reconstructed and must be checked.
TAGS: dict[str, Callable[[Any], Any]] = {
    "active": _in_use,
    "user.active": _in_use,
    "is_illustrative": _illustrative,
    "confidence": _certainty,
}
CHANGE_NAMES = {
    "added": _l("Added"),
    "account": _l("Roles, office or activation"),
    "password": _l("Password"),
    "second factor": _l("Second factor"),
    "second factor reset": _l("Reset of the second factor"),
    "single sign-on": _l("Single sign-on"),
    "recovery codes": _l("New recovery codes"),
    "recovery code used": _l("Signed in with a recovery code"),
    "wrong second factors": _l("Wrong second factors after the right password"),
    "signed out everywhere": _l("Signed out everywhere by the centre"),
    "told": _l("Told to its audience"),
}


def shown(value: Any) -> Any:
    """A value of any column for people."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return icon("check-circle-fill", gettext("Yes")) if value else gettext("No")
    if isinstance(value, datetime):
        return formatting.moment(value)
    if isinstance(value, date):
        return formatting.day(value)
    if isinstance(value, Decimal):
        return formatting.number(value)
    if isinstance(value, Indicator):
        chip = Markup('<span class="nw"><span class="qp" title="{}">{}</span> <span class="mut sm">{}</span></span>')
        return chip.format(value.text_th, value.full_code, value.part.round.code)
    if isinstance(value, Part):
        return Markup('<span class="nw">{} <span class="mut sm">{}</span></span>').format(value.code, value.round.code)
    return value
