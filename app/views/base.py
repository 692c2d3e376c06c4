"""What every screen has in common, and the tamed base of the generated ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import flash, redirect, request
from flask_appbuilder import BaseView, expose
from flask_appbuilder.security.decorators import has_access, permission_name
from flask_babel import gettext, lazy_gettext
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.thai import typed_number
from app.queries import round as rounds
from app.queries.round import OwnRound

Handler = TypeVar("Handler", bound=Callable[..., Any])


class Screen(BaseView):
    """A screen of our own. `class_permission_name` names it in `app.permissions`."""

    route_base = ""

    def update_redirect(self) -> None:
        """The framework would keep a history of addresses in the cookie; nothing here needs it."""


def may(action: str) -> Callable[[Handler], Handler]:
    """The handler opens for roles that `app.permissions` gives `can_<action>` on its screen."""

    def decorate(handler: Handler) -> Handler:
        return has_access(permission_name(action)(handler))

    return decorate


def see_other(url: str) -> Response:
    """After a write: look at the result with a GET, so that a reload repeats nothing."""
    return redirect(url, code=303)


def notice(message: str, kind: str = "ok") -> None:
    """A short confirmation on the next page; `kind` is ok, warn or bad."""
    flash(message, kind)


def own_rounds() -> list[OwnRound]:
    """Every round in use, with the time that the signed-in person's office has."""
    profile = current_user.profile if current_user.is_authenticated else None
    return rounds.own_rounds(profile.area_id if profile else None)


def page_number() -> int:
    """Which page of a list the address asks for; the first for anything that is no number."""
    number = typed_number(request.args.get("page", ""), most_digits=5)
    return 1 if number is None else number


def form_errors(form: Any) -> list[tuple[str, str]]:
    """Every error of a form as (field id, sentence), in the order of the fields, for the summary above it."""
    return [(field.id, f"{field.label.text}: {error}") for field in form if field.errors for error in field.errors]


__all__ = [
    "Screen",
    "expose",
    "form_errors",
    "gettext",
    "lazy_gettext",
    "may",
    "notice",
    "own_rounds",
    "page_number",
    "request",
    "see_other",
]
