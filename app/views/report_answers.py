"""What a report reads from a request and sends back: the page whole, its parts after a save, errors and conflicts beside fields."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from flask import get_template_attribute, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from app.clock import now
from app.domain import workflow
from app.domain.belonging import Belonging, require_page
from app.domain.errors import NotFound
from app.errors import sentence
from app.identity import reporter
from app.models import Submission
from app.queries import last_round, told
from app.queries import submission as submissions
from app.queries.submission import Target
from app.scope import current_actor
from app.services.evidence import Attached
from app.services.field_saving import Typing
from app.services.reporting import Address, Saved
from app.views import field_answers
from app.views.report_page import Cell, ReportPage, anchor, slot_limits

TICKS = ("is_challenge", "no_problems")


def _page(target: Target, submission: Submission | None, **more: Any) -> ReportPage:
    return ReportPage(
        target=target, submission=submission, actor=current_actor(), now=now(), prefilled=reporter().values(), **more
    )


def full_page(address: Address, **more: Any) -> ReportPage:
    """The page with everything around the form, read afresh."""
    target = submissions.find_target(
        address.round_code, address.area_code, address.indicator_code, actor=current_actor(), shown=True
    )
    return _page(
        target,
        submissions.find(target),
        siblings=submissions.siblings(target),
        last=last_round.find(target),
        told=told.told_before(target, now()),
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
    return field_answers.from_json(lambda said: require_page(said, here(address)))


def changes_from_form(address: Address) -> dict[str, Typing]:
    return field_answers.from_form(lambda said: require_page(said, here(address)), TICKS)


def cells_after(saved: Saved, changes: dict[str, Typing]) -> dict[str, Cell]:
    return field_answers.cells_after(saved, saved.submission.answers if saved.submission else (), changes)


def missing_as_json(items: list[Any]) -> list[dict[str, Any]]:
    return [
        {"key": item.key, "section": int(item.section), "anchor": anchor(item.key), "text": sentence(item.message)}
        for item in items
    ]


def saved_as_json(saved: Saved) -> ResponseReturnValue:
    page = _page(saved.target, saved.submission)
    body = field_answers.as_json(saved) | {
        "missing": missing_as_json(saved.missing),
        "state": saved.submission.state if saved.submission else workflow.State.DRAFT,
        "status": page.status,
        "contradictions": {
            f"quantity.{box.key}": " ".join(sentence(item.message) for item in page.faults_at(f"quantity.{box.key}"))
            for box in page.questions.boxes
        },
        **_panels(page),
    }
    return jsonify(body), field_answers.status_of(saved)


def _drawn(part: str, *said: Any) -> str:
    """One part of the page, drawn by the same templates as the page."""
    draw = get_template_attribute("reports/_panels.html", part)
    return str(draw(*said))


def _panels(page: ReportPage) -> dict[str, Any]:
    """The parts of the page that say how far the report is."""
    return {
        "html": {
            "readiness": _drawn("readiness", page),
            "dock": _drawn("dock", page),
            "status": _drawn("status", page),
            "advice-level": _drawn("advice_level", page),
        }
        | {f"section-{section}": _drawn("section_state", page, section) for section in page.sections}
    }


def fragments(address: Address, slot: str | None) -> dict[str, Any]:
    """The slot's list of files and the panels, after a change of evidence; without a slot the panels alone."""
    page = full_page(address)
    return _panels(page) if slot is None else _with_slot(page, slot)


def fragments_after(attached: Attached, *, slot: str) -> dict[str, Any]:
    """The same after a file was attached, from what was read under the lock."""
    known = told.told_before(attached.target, now())
    return _with_slot(_page(attached.target, attached.submission, told=known), slot)


def _with_slot(page: ReportPage, slot: str) -> dict[str, Any]:
    """The panels, and the list of a slot with what was answered about it before."""
    most = slot_limits(page.target).get(slot)
    if most is None:
        raise NotFound
    panels = _panels(page)
    panels["html"]["advice-whole"] = _drawn("told", page, 0)
    panels["html"][f"slot-{slot}"] = _drawn("slot", page, slot, most)
    return panels
