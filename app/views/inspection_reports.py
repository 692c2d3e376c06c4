"""The report of an office on an inspection: the whole with its steps, and each issue."""

from __future__ import annotations

from typing import Any

from flask import current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app import exports
from app.clock import now
from app.domain.errors import Correctable, NotFound
from app.domain.evidence import safe_name
from app.domain.inspections import (
    ENTRY_STATE_NAMES,
    INSPECTION_KIND_NAMES,
    ISSUE_SECTIONS,
    REPORT_SECTIONS,
    EntryMove,
    ReportMove,
    percent_done,
)
from app.errors import sentence
from app.exports import pdf
from app.extensions import transaction
from app.queries import inspection as queries
from app.queries import same_topic
from app.queries.inspection import Inspected
from app.scope import current_actor
from app.services import inspecting, sheets, subjects
from app.services.inspecting import NotAllChecked
from app.services.sheets import IncompleteSheet
from app.views.base import Screen, expose, may, notice, see_other
from app.views.inspection_page import DOCX, DONE, STEPS, IssuePage, ReportPage, download, report_page
from app.views.sheet_answers import cells_after, changes_from_form, changes_from_json, page_of, saved_as_json


def _office(inspection_code: str, area_code: str) -> Inspected:
    return queries.find_office(inspection_code, area_code, actor=current_actor())


def _report(inspected: Inspected, **more: Any) -> ReportPage:
    return report_page(inspected, queries.report(inspected), **more)


def _sheet_of_report(inspected: Inspected) -> int:
    report = queries.report(inspected)
    if report is None:
        raise NotFound
    return report.sheet_id


def _render_report(page: ReportPage) -> str:
    return render_template(
        "inspections/report.html",
        view=page,
        page=page.sheet,
        steps=STEPS,
        kind_names=INSPECTION_KIND_NAMES,
        sections=REPORT_SECTIONS,
    )


def _codes(inspected: Inspected) -> dict[str, Any]:
    return {"inspection_code": inspected.inspection.code, "area_code": inspected.area.code}


class InspectionReportView(Screen):
    route_base = "/inspections"
    class_permission_name = "inspections"

    @expose("/<inspection_code>/<area_code>/")
    @may("read")
    def report(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        return _render_report(_report(_office(inspection_code, area_code), checked=request.args.get("check") == "1"))

    @expose("/<inspection_code>/<area_code>/begin", methods=["POST"])
    @may("write")
    def begin(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        """Begin the report, or add the issues that came since; on to the issue that was pressed."""
        with transaction():
            inspecting.begin(inspection_code, area_code, actor=current_actor(), now=now())
        inspected = _office(inspection_code, area_code)
        wanted = request.form.get("issue", "")
        if any(issue.code == wanted for issue in inspected.issues):
            return see_other(url_for("InspectionIssueView.issue", issue_code=wanted, **_codes(inspected)))
        return see_other(url_for("InspectionReportView.report", **_codes(inspected)))

    @expose("/<inspection_code>/<area_code>/", methods=["PATCH"])
    @may("write")
    def save_fields(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        """Autosave: some fields, each against its version."""
        sheet_id = _sheet_of_report(_office(inspection_code, area_code))
        changes = changes_from_json(subjects.find(sheet_id))
        with transaction():
            saved = sheets.save(subjects.held(sheet_id), changes, actor=current_actor(), now=now())
        return saved_as_json(saved)

    @expose("/<inspection_code>/<area_code>/", methods=["POST"])
    @may("write")
    def save_form(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        """The whole form, and the step that was pressed with it."""
        inspected = _office(inspection_code, area_code)
        sheet_id = _sheet_of_report(inspected)
        changes = changes_from_form(subjects.find(sheet_id))
        with transaction():
            saved = sheets.save(subjects.held(sheet_id), changes, actor=current_actor(), now=now())
        if saved.errors or saved.conflicts:
            page = _report(_office(inspection_code, area_code), cells=cells_after(saved, changes))
            return _render_report(page), 409 if saved.conflicts else 422
        then = request.form.get("then", "")
        if then in (ReportMove.PROPOSE, ReportMove.SEND):
            return _move(inspection_code, area_code, ReportMove(then))
        notice(gettext("Saved"))
        return see_other(url_for("InspectionReportView.report", **_codes(inspected)))

    @expose("/<inspection_code>/<area_code>/moves/<report_move>", methods=["POST"])
    @may("move")
    def move(self, inspection_code: str, area_code: str, report_move: str) -> ResponseReturnValue:
        if report_move not in set(ReportMove):
            raise NotFound
        return _move(inspection_code, area_code, ReportMove(report_move))

    @expose("/<inspection_code>/<area_code>/report.pdf")
    @may("read")
    def as_pdf(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        try:
            made = exports.inspection_paper.as_pdf(exports.inspection_paper.laid_out(inspected))
        except pdf.PdfUnavailable:
            current_app.logger.error("PDF is not available: Pango is missing")
            notice(gettext("This system can't make PDFs at the moment. Take the Word document instead."), "warn")
            return see_other(url_for("InspectionReportView.report", **_codes(inspected)))
        return download(made, _file_name(inspected, "pdf"), "application/pdf")

    @expose("/<inspection_code>/<area_code>/report.docx")
    @may("read")
    def as_document(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        return download(
            exports.inspection_paper.as_docx(exports.inspection_paper.laid_out(inspected)), _file_name(inspected, "docx"), DOCX
        )


def _file_name(inspected: Inspected, extension: str) -> str:
    return safe_name(f"รายงานการตรวจราชการ {inspected.inspection.code} {inspected.area.short_th}.{extension}")


def _move(inspection_code: str, area_code: str, which: ReportMove) -> ResponseReturnValue:
    """One step of the report as a whole; what hinders it stands on the page."""
    try:
        with transaction():
            inspecting.move(
                inspection_code, area_code, which, actor=current_actor(), now=now(), said=request.form.get("reason", "")
            )
    except Correctable as refusal:
        incomplete = isinstance(refusal, IncompleteSheet)
        page = _report(_office(inspection_code, area_code), checked=incomplete or isinstance(refusal, NotAllChecked))
        if not incomplete:
            page.refused[which] = sentence(refusal.message)
        return _render_report(page), refusal.status
    notice(gettext(DONE[which]))
    return see_other(url_for("InspectionReportView.report", inspection_code=inspection_code, area_code=area_code))


# --- one issue --------------------------------------------------------------------------------------------------------------------


def _issue(inspected: Inspected, issue_code: str, **more: Any) -> IssuePage | None:
    """The page of an issue; None before the report is begun."""
    issue = inspected.issue(issue_code)
    entry = queries.entry(inspected, issue)
    if entry is None:
        if not issue.is_asked:
            raise NotFound
        return None
    sheet = page_of(inspecting.entry_subject(entry.sheet, entry), **more)
    # What the office entered is its own; whoever reviews it meets it at the desk.
    own = inspected.area.id in current_actor().area_ids
    topic = same_topic.find(issue.indicator_code, inspected.area.id) if own else None
    return IssuePage(inspected, issue, entry, sheet, topic)


def _render_issue(view: IssuePage) -> str:
    return render_template(
        "inspections/issue.html",
        view=view,
        page=view.sheet,
        sections=ISSUE_SECTIONS,
        state_names=ENTRY_STATE_NAMES,
        percent=percent_done(view.sheet.sheet.entered),
    )


def _begun(inspected: Inspected, issue_code: str, **more: Any) -> IssuePage:
    view = _issue(inspected, issue_code, **more)
    if view is None:
        raise NotFound
    return view


class InspectionIssueView(Screen):
    route_base = "/inspections"
    class_permission_name = "inspections"

    @expose("/<inspection_code>/<area_code>/<issue_code>")
    @may("read")
    def issue(self, inspection_code: str, area_code: str, issue_code: str) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        view = _issue(inspected, issue_code, checked=request.args.get("check") == "1")
        if view is None:
            page = report_page(inspected, None)
            return render_template("inspections/not_begun.html", view=page, issue=inspected.issue(issue_code))
        return _render_issue(view)

    @expose("/<inspection_code>/<area_code>/<issue_code>", methods=["PATCH"])
    @may("write")
    def save_fields(self, inspection_code: str, area_code: str, issue_code: str) -> ResponseReturnValue:
        """Autosave: some fields, each against its version; the percent is reckoned anew."""
        view = _begun(_office(inspection_code, area_code), issue_code)
        changes = changes_from_json(view.sheet.subject)
        with transaction():
            saved = sheets.save(subjects.held(view.entry.sheet_id), changes, actor=current_actor(), now=now())
        percent = percent_done(saved.subject.sheet.entered)
        return saved_as_json(saved, percent=render_template("inspections/_percent.html", percent=percent))

    @expose("/<inspection_code>/<area_code>/<issue_code>", methods=["POST"])
    @may("write")
    def save_form(self, inspection_code: str, area_code: str, issue_code: str) -> ResponseReturnValue:
        """The whole form, and handing over where that was pressed."""
        view = _begun(_office(inspection_code, area_code), issue_code)
        changes = changes_from_form(view.sheet.subject)
        with transaction():
            saved = sheets.save(subjects.held(view.entry.sheet_id), changes, actor=current_actor(), now=now())
        if saved.errors or saved.conflicts:
            again = _begun(_office(inspection_code, area_code), issue_code, cells=cells_after(saved, changes))
            return _render_issue(again), 409 if saved.conflicts else 422
        if request.form.get("then") == EntryMove.SEND:
            return _move_entry(inspection_code, area_code, issue_code, EntryMove.SEND)
        notice(gettext("Saved"))
        return see_other(
            url_for("InspectionIssueView.issue", inspection_code=inspection_code, area_code=area_code, issue_code=issue_code)
        )

    @expose("/<inspection_code>/<area_code>/<issue_code>/moves/<issue_move>", methods=["POST"])
    @may("write")
    def move(self, inspection_code: str, area_code: str, issue_code: str, issue_move: str) -> ResponseReturnValue:
        if issue_move not in set(EntryMove):
            raise NotFound
        return _move_entry(inspection_code, area_code, issue_code, EntryMove(issue_move))


def _move_entry(inspection_code: str, area_code: str, issue_code: str, which: EntryMove) -> ResponseReturnValue:
    codes: dict[str, Any] = {"inspection_code": inspection_code, "area_code": area_code}
    said = {
        EntryMove.SEND: gettext("Handed over. The plan group checks it."),
        EntryMove.TAKE_BACK: gettext("Taken back. It can be edited again."),
        EntryMove.CHECK: gettext("Checked."),
        EntryMove.RETURN: gettext("Returned. Those responsible are told."),
    }[which]
    try:
        with transaction():
            inspecting.move_entry(
                inspection_code,
                area_code,
                issue_code,
                which,
                actor=current_actor(),
                now=now(),
                said=request.form.get("reason", ""),
            )
    except Correctable as refusal:
        incomplete = isinstance(refusal, IncompleteSheet)
        view = _begun(_office(inspection_code, area_code), issue_code, checked=incomplete)
        if not incomplete:
            view.refused[which] = sentence(refusal.message)
        return _render_issue(view), refusal.status
    notice(said)
    if which in (EntryMove.SEND, EntryMove.CHECK):
        return see_other(url_for("InspectionReportView.report", **codes))
    return see_other(url_for("InspectionIssueView.issue", issue_code=issue_code, **codes))
