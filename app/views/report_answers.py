"""What a report reads from a request and sends back: the page whole, its parts after a save, errors and conflicts beside fields."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.domain import workflow
from app.domain.belonging import Belonging, require_page
from app.domain.errors import N_, NotFound, Refused
from app.domain.thai import whole_number
from app.errors import sentence
from app.identity import reporter
from app.models import Evidence, Submission
from app.queries import last_round, published
from app.queries import submission as submissions
from app.queries.submission import Target
from app.requests import strict_json
from app.scope import current_actor
from app.services.reporting import Address, Conflict, Saved, Typing
from app.views.report_page import Cell, ReportPage, anchor, slot_limits

MAX_CHANGES = 200
TICKS = ("is_challenge", "no_problems")


def _page(target: Target, submission: Submission | None, **more: Any) -> ReportPage:
    return ReportPage(
        target=target, submission=submission, actor=current_actor(), now=now(), prefilled=reporter().values(), **more
    )


def full_page(address: Address, **more: Any) -> ReportPage:
    """The page with everything around the form, read afresh."""
    target = submissions.find_target(address.round_code, address.area_code, address.indicator_code, actor=current_actor())
    return _page(
        target,
        submissions.find(target),
        siblings=submissions.siblings(target),
        last=last_round.find(target),
        told=published.told_before(target, now()),
        **more,
    )


def render_page(page: ReportPage) -> str:
    return render_template("reports/report.html", page=page, limits=slot_limits(page.target), idempotency_key=uuid4().hex)


def report_url(endpoint: str, address: Address, **more: Any) -> str:
    return url_for(
        f"ReportView.{endpoint}",
        round_code=address.round_code,
        area_code=address.area_code,
        indicator_code=address.indicator_code,
        **more,
    )


def here(address: Address) -> Belonging:
    return Belonging(address.round_code, address.area_code, address.indicator_code)


def changes_from_json(address: Address) -> dict[str, Typing]:
    if not request.is_json:
        abort(415)
    body = strict_json()
    if isinstance(body, dict):
        require_page(str(body.get("for") or ""), here(address))
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


def changes_from_form(address: Address) -> dict[str, Typing]:
    """The form's fields with their hidden versions. An absent tick means that it was taken away, if the form offered it."""
    require_page(request.form.get("for", ""), here(address))
    changes = {}
    for name in request.form:
        if name.startswith("version."):
            key = name.removeprefix("version.")
            typed = request.form.get(key)
            if typed is None and key not in TICKS:
                continue
            version = whole_number(request.form[name])
            if version is None:
                raise Refused(N_("Each field needs a value and the version it was read with"))
            changes[key] = Typing(typed, version)
    return changes


def cells_after(saved: Saved, changes: dict[str, Typing]) -> dict[str, Cell]:
    """The fields that were not stored, with what was typed, why, and what a colleague wrote."""
    stored = {row.field_key: row for row in saved.submission.answers} if saved.submission else {}
    cells = {}
    for key in (*saved.errors, *saved.conflicts):
        answer, conflict = stored.get(key), saved.conflicts.get(key)
        cells[key] = Cell(
            value=answer.value if answer else None,
            version=answer.version if answer else 0,
            typed=str(changes[key].value or ""),
            error=sentence(saved.errors[key]) if key in saved.errors else None,
            theirs=conflict.theirs if conflict else None,
            theirs_by=conflict.by if conflict else "",
            theirs_at=conflict.at if conflict else None,
        )
    return cells


def missing_as_json(items: list[Any]) -> list[dict[str, Any]]:
    return [
        {"key": item.key, "section": int(item.section), "anchor": anchor(item.key), "text": sentence(item.message)}
        for item in items
    ]


def evidence_as_json(row: Evidence) -> dict[str, Any]:
    """A file as it is told to whoever sent it."""
    return {
        "id": str(row.id),
        "name": row.original_name,
        "size": row.size_bytes,
        "sha256": row.sha256,
        "slot": row.slot,
    }


def conflict_as_json(conflict: Conflict) -> dict[str, Any]:
    """Both texts of a field that two wrote, as the contract has them."""
    return {
        "yours": conflict.yours,
        "theirs": conflict.theirs,
        "by": conflict.by,
        "at": conflict.at.isoformat(),
        "version": conflict.version,
    }


def saved_as_json(saved: Saved) -> ResponseReturnValue:
    page = _page(saved.target, saved.submission)
    body: dict[str, Any] = {
        "saved_at": saved.saved_at.isoformat(),
        "fields": {key: {"version": version} for key, version in saved.versions.items()},
        "missing": missing_as_json(saved.missing),
        "state": saved.submission.state if saved.submission else workflow.State.DRAFT,
        "status": page.status,
        "contradictions": {
            f"quantity.{box.key}": " ".join(sentence(item.message) for item in page.faults_at(f"quantity.{box.key}"))
            for box in page.questions.boxes
        },
        **_panels(page),
    }
    if saved.errors:
        body["errors"] = {key: sentence(message) for key, message in saved.errors.items()}
    if saved.conflicts:
        body["conflicts"] = {
            key: conflict_as_json(conflict) | {"html": render_template("reports/_conflict.html", conflict=conflict, key=key)}
            for key, conflict in saved.conflicts.items()
        }
    return jsonify(body), 409 if saved.conflicts else 422 if saved.errors else 200


def _panels(page: ReportPage) -> dict[str, Any]:
    """The parts of the page that say how far the report is, drawn by the same templates as the page."""
    return {
        "html": {
            "readiness": render_template("reports/_readiness.html", page=page),
            "dock": render_template("reports/_dock_state.html", page=page),
            "status": render_template("reports/_status.html", page=page),
            "advice-level": render_template("reports/_advice.html", page=page, remarks=page.level_remarks),
        }
        | {
            f"section-{section}": render_template("reports/_section_state.html", page=page, section=section)
            for section in page.sections
        }
    }


def fragments(address: Address, slot: str | None) -> dict[str, Any]:
    """The slot's list of files and the panels, after a change of evidence; without a slot the panels alone."""
    page = full_page(address)
    if slot is None:
        return _panels(page)
    most = slot_limits(page.target).get(slot)
    if most is None:
        raise NotFound
    panels = _panels(page)
    panels["html"]["advice-whole"] = render_template("reports/_told.html", page=page, number=0)
    panels["html"][f"slot-{slot}"] = render_template("reports/_slot.html", page=page, slot=slot, most=most)
    return panels
