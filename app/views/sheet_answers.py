"""What the pages of sheets read from a request and send back."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template
from flask.typing import ResponseReturnValue

from app.clock import now
from app.domain.belonging import WrongRound
from app.domain.errors import N_
from app.domain.sheets import FieldKind
from app.errors import sentence
from app.scope import current_actor
from app.services.field_saving import Typing
from app.services.sheets import Saved, Subject
from app.views import field_answers
from app.views.report_page import Cell, anchor
from app.views.sheet_page import SheetPage


def require_here(subject: Subject, said: str) -> None:
    """A page says which sheet it was opened for. Raise WrongRound where it was sent to another one."""
    if said and said != subject.belonging:
        raise WrongRound(
            N_("This page was opened for something else and can't be saved here. Open the right page; what you typed is kept.")
        )


def changes_from_json(subject: Subject) -> dict[str, Typing]:
    return field_answers.from_json(lambda said: require_here(subject, said))


def changes_from_form(subject: Subject) -> dict[str, Typing]:
    """The whole form without script."""
    ticks = {one.key for one in subject.asked.fields if one.kind is FieldKind.TICK}
    return field_answers.from_form(lambda said: require_here(subject, said), ticks)


def cells_after(saved: Saved, changes: dict[str, Typing]) -> dict[str, Cell]:
    return field_answers.cells_after(saved, saved.subject.sheet.fields, changes)


def page_of(subject: Subject, **more: Any) -> SheetPage:
    """The page of a sheet for whoever looks at it."""
    return SheetPage(subject=subject, actor=current_actor(), now=now(), **more)


def panels(page: SheetPage) -> dict[str, str]:
    """The parts of every sheet's page that say how far it is."""
    return {"readiness": render_template("sheets/_readiness.html", page=page)}


def saved_as_json(saved: Saved, **more: str) -> ResponseReturnValue:
    """What became of an autosave; `more` are parts of the page beyond those that every sheet has, by name."""
    page = page_of(saved.subject)
    body = field_answers.as_json(saved) | {
        "missing": [
            {"key": item.key, "section": item.section, "anchor": anchor(item.key), "text": sentence(item.message)}
            for item in page.missing
        ],
        "state": page.sheet.state,
        "html": panels(page) | more,
    }
    return jsonify(body), field_answers.status_of(saved)
