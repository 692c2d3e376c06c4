"""What a page of fields reads from a request and sends back, whether it is a report's or a sheet's."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from flask import abort, render_template, request

from app.domain.errors import N_, Refused
from app.domain.thai import whole_number
from app.errors import sentence
from app.models.field import TypedField
from app.requests import strict_json
from app.services.field_saving import Conflict, Outcome, Typing
from app.views.report_page import Cell

MAX_CHANGES = 200


def from_json(require_here: Callable[[str], None]) -> dict[str, Typing]:
    """The changed fields of an autosave. `require_here` is told which page the script says it belongs to."""
    if not request.is_json:
        abort(415)
    body = strict_json()
    if isinstance(body, dict):
        require_here(str(body.get("for") or ""))
    changes = body.get("changes") if isinstance(body, dict) else None
    if not isinstance(changes, dict) or not changes or len(changes) > MAX_CHANGES:
        raise Refused(N_('Send the changed fields as {"changes": {key: {"value": …, "version": …}}}'))
    read = {}
    for key, change in changes.items():
        version = change.get("version") if isinstance(change, dict) else None
        if not isinstance(change, dict) or "value" not in change or isinstance(version, bool) or not isinstance(version, int):
            raise Refused(N_("Each field needs a value and the version it was read with"))
        read[str(key)] = Typing(change["value"], version)
    return read


def from_form(require_here: Callable[[str], None], ticks: Collection[str]) -> dict[str, Typing]:
    """The form's fields with their hidden versions. An absent tick means that it was taken away, if the form offered it."""
    require_here(request.form.get("for", ""))
    changes = {}
    for name in request.form:
        if name.startswith("version."):
            key = name.removeprefix("version.")
            typed = request.form.get(key)
            if typed is None and key not in ticks:
                continue
            version = whole_number(request.form[name])
            if version is None:
                raise Refused(N_("Each field needs a value and the version it was read with"))
            changes[key] = Typing(typed, version)
    return changes


def cells_after(outcome: Outcome, stored: Iterable[TypedField], changes: dict[str, Typing]) -> dict[str, Cell]:
    """The fields that were not stored, with what was typed, why, and what a colleague wrote."""
    rows = {row.field_key: row for row in stored}
    cells = {}
    for key in (*outcome.errors, *outcome.conflicts):
        row, conflict = rows.get(key), outcome.conflicts.get(key)
        cells[key] = Cell(
            value=row.value if row else None,
            version=row.version if row else 0,
            typed=str(changes[key].value or ""),
            error=sentence(outcome.errors[key]) if key in outcome.errors else None,
            theirs=conflict.theirs if conflict else None,
            theirs_by=conflict.by if conflict else "",
            theirs_at=conflict.at if conflict else None,
        )
    return cells


def conflict_as_json(conflict: Conflict) -> dict[str, Any]:
    """Both texts of a field that two wrote, as the contract has them."""
    return {
        "yours": conflict.yours,
        "theirs": conflict.theirs,
        "by": conflict.by,
        "at": conflict.at.isoformat(),
        "version": conflict.version,
    }


def as_json(outcome: Outcome) -> dict[str, Any]:
    """What became of a save: the new versions, and errors and conflicts where there are some."""
    body: dict[str, Any] = {
        "saved_at": outcome.saved_at.isoformat(),
        "fields": {key: {"version": version} for key, version in outcome.versions.items()},
    }
    if outcome.errors:
        body["errors"] = {key: sentence(message) for key, message in outcome.errors.items()}
    if outcome.conflicts:
        body["conflicts"] = {
            key: conflict_as_json(conflict) | {"html": render_template("reports/_conflict.html", conflict=conflict, key=key)}
            for key, conflict in outcome.conflicts.items()
        }
    return body


def status_of(outcome: Outcome) -> int:
    """409 where somebody else wrote meanwhile, 422 where a value is refused, else 200."""
    return 409 if outcome.conflicts else 422 if outcome.errors else 200
