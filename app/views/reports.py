"""An office's work: the dashboard of a round, the report on one indicator, its evidence."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID, uuid4

from flask import abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user
from werkzeug.datastructures import FileStorage

from app.domain import deadlines, workflow
from app.domain.access import Action, allows
from app.domain.errors import (
    N_,
    DomainError,
    IncompleteReport,
    Message,
    NotFound,
    Refused,
)
from app.domain.evidence import MEDIA_KINDS
from app.domain.thai import single_line
from app.errors import sentence
from app.extensions import transaction
from app.identity import now, reporter
from app.models import Submission
from app.queries import document as documents
from app.queries import overview
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.submission import Target
from app.requests import strict_json, wants_json
from app.scope import current_actor
from app.services import evidence, reporting
from app.services.reporting import Address, Saved, Typing
from app.storage import IncomingFile, StoreFull, evidence_store
from app.views.base import Screen, expose, may, notice, see_other
from app.views.downloads import send_stored
from app.views.report_page import (
    Cell,
    Dashboard,
    ReportPage,
    anchor,
    line_of,
    slot_limits,
)
from app.views.uploads import limits

MAX_CHANGES = 200
TICKS = ("is_challenge", "no_problems")


def _page(target: Target, submission: Submission | None, **more: Any) -> ReportPage:
    return ReportPage(
        target=target, submission=submission, actor=current_actor(), now=now(), prefilled=reporter().values(), **more
    )


def _full_page(address: Address, **more: Any) -> ReportPage:
    """The page with everything around the form, read afresh."""
    target = submissions.find_target(address.round_code, address.area_code, address.indicator_code, actor=current_actor())
    previous = submissions.previous_figures(target) if target.indicator.active_quantities else {}
    return _page(target, submissions.find(target), siblings=submissions.siblings(target), previous=previous, **more)


def _render(page: ReportPage) -> str:
    return render_template("reports/report.html", page=page, limits=slot_limits(page.target), idempotency_key=uuid4().hex)


def _url(endpoint: str, address: Address, **more: Any) -> str:
    return url_for(
        f"ReportView.{endpoint}",
        round_code=address.round_code,
        area_code=address.area_code,
        indicator_code=address.indicator_code,
        **more,
    )


class ReportView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """Straight to the own office in the current round; central staff to the list of offices."""
        current = rounds.current(rounds.all_active(), now())
        if current is None:
            return render_template("reports/no_round.html")
        area = current_user.profile.area if current_user.profile else None
        if area is None:
            return see_other(url_for("OverviewView.offices", round_code=current.code))
        return see_other(url_for("ReportView.dashboard", round_code=current.code, area_code=area.code))

    @expose("/<round_code>/<area_code>/")
    @may("read")
    def dashboard(self, round_code: str, area_code: str) -> ResponseReturnValue:
        actor, moment = current_actor(), now()
        found, area = submissions.find_office(round_code, area_code, actor=actor)
        reports = {row.indicator_id: row for row in submissions.of_office(found.id, area.id)}
        lines = [line_of(row, reports.get(row.id), area) for row in rounds.indicators_with_questions(found.id)]
        return render_template(
            "reports/dashboard.html",
            board=Dashboard(found, area, lines),
            may_edit=allows(actor, Action.EDIT_REPORT, Submission(area_id=area.id)),
            announcements=documents.announcements(moment, signed_in=True),
            anchor=anchor,
        )

    @expose("/<round_code>/<area_code>/<indicator_code>")
    @may("read")
    def report(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        page = _full_page(Address(round_code, area_code, indicator_code), checked=request.args.get("check") == "1")
        return _render(page)

    @expose("/<round_code>/<area_code>/<indicator_code>", methods=["PATCH"])
    @may("write")
    def save_fields(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Autosave: some fields, each against its version."""
        address = Address(round_code, area_code, indicator_code)
        changes = _changes_from_json()
        with transaction():
            saved = reporting.save(address, changes, actor=current_actor(), reporter=reporter(), now=now())
        return _saved_as_json(saved)

    @expose("/<round_code>/<area_code>/<indicator_code>", methods=["POST"])
    @may("write")
    def save_form(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """The same without script: the whole form, saved field by field."""
        address = Address(round_code, area_code, indicator_code)
        changes = _changes_from_form()
        with transaction():
            saved = reporting.save(address, changes, actor=current_actor(), reporter=reporter(), now=now())
        if saved.errors or saved.conflicts:
            page = _full_page(address, cells=_cells_after(saved, changes))
            return _render(page), 409 if saved.conflicts else 422
        if request.form.get("then") == "check":
            return see_other(_url("check", address))
        notice(gettext("Saved"))
        return see_other(_url("report", address))

    @expose("/<round_code>/<area_code>/<indicator_code>/check")
    @may("write")
    def check(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Everything on one page before it is sent; what is missing sends one back to the report."""
        address = Address(round_code, area_code, indicator_code)
        page = _full_page(address)
        if page.missing:
            return see_other(_url("report", address, check="1"))
        return render_template("reports/check.html", page=page, idempotency_key=uuid4().hex)

    @expose("/<round_code>/<area_code>/<indicator_code>/slots/<slot>")
    @may("read")
    def slot(self, round_code: str, area_code: str, indicator_code: str, slot: str) -> ResponseReturnValue:
        """The files of one slot and how far the report is, for the page's script after a resumable upload."""
        return jsonify(_fragments(Address(round_code, area_code, indicator_code), slot))

    @expose("/<round_code>/<area_code>/<indicator_code>/submit", methods=["POST"])
    @may("write")
    def submit(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        address = Address(round_code, area_code, indicator_code)
        key = single_line(request.headers.get("Idempotency-Key") or request.form.get("idempotency_key") or "")[:80] or None
        try:
            with transaction():
                hand_in = reporting.submit(
                    address,
                    actor=current_actor(),
                    reporter=reporter(),
                    now=now(),
                    idempotency_key=key,
                    email=current_user.email,
                )
                number = hand_in.receipt_number
        except IncompleteReport as incomplete:
            if wants_json():
                return jsonify(error=sentence(incomplete.message), missing=_missing_as_json(incomplete.items)), 422
            return _render(_full_page(address, checked=True)), 422
        if wants_json():
            return jsonify(receipt=number, report=_url("report", address))
        notice(gettext("Submitted. Receipt no. %(number)s", number=number))
        return see_other(_url("report", address))

    @expose("/<round_code>/<area_code>/<indicator_code>/evidence", methods=["POST"])
    @may("write")
    def add_evidence(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """One or more files for a slot. Each stands for itself: good ones are kept, the others are named with the reason."""
        address = Address(round_code, area_code, indicator_code)
        slot = request.form.get("slot", "")
        target = submissions.find_target(round_code, area_code, indicator_code, actor=current_actor())
        deadlines.require_open(target.round, now())
        if slot not in slot_limits(target):
            raise NotFound
        uploads = [file for file in request.files.getlist("file") if file.filename]
        if not uploads:
            raise Refused(N_("Choose a file first"))
        added: list[dict[str, Any]] = []
        refusals: list[DomainError] = []
        for upload in uploads:
            try:
                added.append(_receive(address, slot, upload))
            except DomainError as error:
                if error.status in (403, 404):
                    raise
                refusals.append(error)
        status = max((refusal.status for refusal in refusals), key=lambda code: code == 409, default=201)
        if wants_json():
            body = {"evidence": added, "errors": [sentence(refusal.message) for refusal in refusals]}
            return jsonify(body | _fragments(address, slot)), status
        for refusal in refusals:
            notice(sentence(refusal.message), "bad")
        if refusals:
            page = _full_page(address)
            return _render(page), status
        return see_other(_url("report", address) + f"#{anchor(slot)}")


def _receive(address: Address, slot: str, upload: FileStorage) -> dict[str, Any]:
    """Examine, keep and record one uploaded file; `requests` made its stream a file of the store's."""
    incoming = cast(IncomingFile, upload.stream)
    examined = evidence.examine(incoming, upload.filename or "", slot, limits=limits())
    try:
        with evidence.kept_in_store(evidence_store(), incoming) as stored, transaction():
            row = evidence.attach(address, slot, examined, stored, actor=current_actor(), reporter=reporter(), now=now())
    except StoreFull:
        raise Refused(N_("There is no room for files at the moment. Texts and figures can still be saved.")) from None
    return {
        "id": str(row.id),
        "name": row.original_name,
        "size": row.size_bytes,
        "sha256": row.sha256,
        "slot": row.slot,
    }


def _changes_from_json() -> dict[str, Typing]:
    if not request.is_json:
        abort(415)
    body = strict_json()
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


def _changes_from_form() -> dict[str, Typing]:
    """The form's fields with their hidden versions. An absent tick means that it was taken away, if the form offered it."""
    changes = {}
    for name in request.form:
        if name.startswith("version."):
            key = name.removeprefix("version.")
            typed = request.form.get(key)
            if typed is None and key not in TICKS:
                continue
            version = request.form[name]
            if not (version.isascii() and version.isdigit() and len(version) < 10):
                raise Refused(N_("Each field needs a value and the version it was read with"))
            changes[key] = Typing(typed, int(version))
    return changes


def _cells_after(saved: Saved, changes: dict[str, Typing]) -> dict[str, Cell]:
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


def _missing_as_json(items: list[Any]) -> list[dict[str, Any]]:
    return [
        {"key": item.key, "section": int(item.section), "anchor": anchor(item.key), "text": sentence(item.message)}
        for item in items
    ]


def _saved_as_json(saved: Saved) -> ResponseReturnValue:
    page = _page(saved.target, saved.submission)
    body: dict[str, Any] = {
        "saved_at": saved.saved_at.isoformat(),
        "fields": {key: {"version": version} for key, version in saved.versions.items()},
        "missing": _missing_as_json(saved.missing),
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
            key: {
                "yours": conflict.yours,
                "theirs": conflict.theirs,
                "by": conflict.by,
                "at": conflict.at.isoformat(),
                "version": conflict.version,
                "html": render_template("reports/_conflict.html", conflict=conflict, key=key),
            }
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
        }
        | {
            f"section-{section}": render_template("reports/_section_state.html", page=page, section=section)
            for section in page.sections
        }
    }


def _fragments(address: Address, slot: str) -> dict[str, Any]:
    """The slot's list of files and the panels, after a change of evidence."""
    page = _full_page(address)
    most = slot_limits(page.target).get(slot)
    if most is None:
        raise NotFound
    panels = _panels(page)
    panels["html"][f"slot-{slot}"] = render_template("reports/_slot.html", page=page, slot=slot, most=most)
    return panels


class EvidenceView(Screen):
    route_base = "/evidence"
    class_permission_name = "evidence"

    @expose("/<uuid:evidence_id>")
    @may("read")
    def download(self, evidence_id: UUID) -> ResponseReturnValue:
        found = submissions.evidence_by_id(evidence_id)
        if found is None or found.deleted_at is not None:
            abort(404)
        inline = bool(request.args.get("view")) and MEDIA_KINDS[found.extension].shows_inline
        return send_stored(found.storage_key, name=found.original_name, media_type=found.media_type, inline=inline)

    @expose("/<uuid:evidence_id>", methods=["DELETE"])
    @may("write")
    def remove(self, evidence_id: UUID) -> ResponseReturnValue:
        return self._change(evidence_id, restore=False)

    @expose("/<uuid:evidence_id>/delete", methods=["POST"])
    @may("write")
    def remove_by_form(self, evidence_id: UUID) -> ResponseReturnValue:
        return self._change(evidence_id, restore=False)

    @expose("/<uuid:evidence_id>/restore", methods=["POST"])
    @may("write")
    def restore(self, evidence_id: UUID) -> ResponseReturnValue:
        return self._change(evidence_id, restore=True)

    def _change(self, evidence_id: UUID, *, restore: bool) -> ResponseReturnValue:
        with transaction():
            change = evidence.restore if restore else evidence.remove
            row = change(evidence_id, actor=current_actor(), now=now())
            submission = row.submission
            address = Address(submission.round.code, submission.area.code, submission.indicator.full_code)
            name, slot = row.original_name, row.slot
        said = Message(N_("“%(name)s” is back") if restore else N_("“%(name)s” was deleted"), {"name": name})
        if wants_json():
            undo = None if restore else url_for("EvidenceView.restore", evidence_id=evidence_id)
            return jsonify(message=sentence(said), undo=undo, **_fragments(address, slot))
        notice(sentence(said), "ok" if restore else f"undo:{url_for('EvidenceView.restore', evidence_id=evidence_id)}")
        return see_other(_url("report", address) + f"#{anchor(slot)}")


class OverviewView(Screen):
    """Central staff's way in: every office and how far it is."""

    route_base = "/reports"
    class_permission_name = "overview"

    @expose("/<round_code>/")
    @may("read")
    def offices(self, round_code: str) -> ResponseReturnValue:
        found = rounds.by_code(round_code)
        if found is None:
            abort(404)
        asked, region = request.args.get("q", "")[:100], request.args.get("region", "")
        lines = overview.offices(found.id, search=asked, region=region)
        return render_template(
            "reports/offices.html",
            round=found,
            rounds=rounds.all_active(),
            lines=lines,
            asked=asked,
            region=region,
        )
