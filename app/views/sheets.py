"""What every sheet has beside its own page: files, files of the office that are used once more, who is responsible, the history."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain.access import Action, require
from app.domain.errors import N_, Correctable, Message, NotFound
from app.domain.evidence import MEDIA_KINDS
from app.domain.thai import single_line, whole_number
from app.errors import sentence
from app.extensions import transaction
from app.models import SheetFile
from app.queries import history as histories
from app.queries import library as shelves
from app.queries import sheet as sheet_queries
from app.queries import team
from app.queries.history import Wanted as WantedChanges
from app.queries.library import Wanted
from app.requests import wants_json
from app.scope import current_actor
from app.services import sheet_files, sheets, subjects
from app.services.evidence import Examined
from app.services.sheets import Subject
from app.storage import StoredFile
from app.views import sheet_history
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.downloads import send_kept
from app.views.receiving import file_as_json, receive
from app.views.report_page import Cell, anchor
from app.views.sheet_answers import page_of, panels, require_here

MOST_TICKED = 100


def _fragments(subject: Subject, slot: str) -> dict[str, Any]:
    """The files of a slot and how far the sheet is, after a change of files."""
    if slot not in subject.asked.slots:
        raise NotFound
    page = page_of(subject)
    drawn = {f"slot-{slot}": render_template("sheets/_slot.html", page=page, slot=slot)}
    return {"html": panels(page) | drawn}


class SheetView(Screen):
    route_base = "/sheets"
    class_permission_name = "sheets"

    @expose("/<row:sheet_id>/slots/<slot>")
    @may("read")
    def slot(self, sheet_id: int, slot: str) -> ResponseReturnValue:
        """The files of one slot and how far the sheet is, for the page's script after a resumable upload."""
        return jsonify(_fragments(subjects.find(sheet_id), slot))

    @expose("/<row:sheet_id>/files", methods=["POST"])
    @may("write")
    def add_files(self, sheet_id: int) -> ResponseReturnValue:
        """One or more files for a slot, or one that was sent before (`source`). Each stands for itself: good ones are kept, the others are named with the reason."""
        subject = subjects.find(sheet_id)
        require_here(subject, request.form.get("for", ""))
        slot = request.form.get("slot", "")
        if "source" in request.form:
            return _cite(subject, slot)
        sheets.require_editable(subject, actor=current_actor())
        if slot not in subject.asked.slots:
            raise NotFound

        def attach(examined: Examined, stored: StoredFile) -> SheetFile:
            return sheet_files.attach(sheet_id, slot, examined, stored, actor=current_actor(), now=now())

        received = receive(slot, attach)
        if wants_json():
            body = {"files": received.added, "errors": received.said}
            return jsonify(body | _fragments(subjects.find(sheet_id), slot)), received.status
        for said in received.said:
            notice(said, "bad")
        return see_other(f"{subject.path}#{anchor(slot)}")

    @expose("/<row:sheet_id>/library")
    @may("write")
    def shelf(self, sheet_id: int) -> ResponseReturnValue:
        """The files that the office has sent before, for whatever job."""
        return _shelf(subjects.find(sheet_id), request.args.get("slot", ""))

    @expose("/files/<uuid:file_id>")
    @may("read")
    def download(self, file_id: UUID) -> ResponseReturnValue:
        found = sheet_queries.file_by_id(file_id)
        if found is None or found.deleted_at is not None:
            abort(404)
        inline = bool(request.args.get("view")) and MEDIA_KINDS[found.extension].shows_inline
        return send_kept(found, inline=inline)

    @expose("/files/<uuid:file_id>/delete", methods=["POST"])
    @may("write")
    def remove(self, file_id: UUID) -> ResponseReturnValue:
        return _change(file_id, restore=False)

    @expose("/files/<uuid:file_id>/restore", methods=["POST"])
    @may("write")
    def restore(self, file_id: UUID) -> ResponseReturnValue:
        return _change(file_id, restore=True)

    @expose("/<row:sheet_id>/owners")
    @may("lead")
    def owners(self, sheet_id: int) -> ResponseReturnValue:
        """Who is responsible, and the people of the office who could be."""
        subject = subjects.find(sheet_id)
        require(current_actor(), Action.LEAD_SHEETS, subject.sheet)
        return render_template("sheets/owners.html", page=page_of(subject), people=team.people(subject.sheet.area_id))

    @expose("/<row:sheet_id>/owners", methods=["POST"])
    @may("lead")
    def give(self, sheet_id: int) -> ResponseReturnValue:
        """Those who are ticked are responsible, and nobody else."""
        typed = request.form.getlist("person")[:MOST_TICKED]
        wanted = {number for text in typed if (number := whole_number(text)) is not None}
        with transaction():
            subject = subjects.held(sheet_id)
            count = sheets.give(subject, sorted(wanted), actor=current_actor(), now=now())
            for gone in {row.user_id for row in subject.sheet.owners} - wanted:
                count += sheets.take(subject, gone, actor=current_actor(), now=now())
            path = subject.path
        said = ngettext("%(num)d change of who is responsible", "%(num)d changes of who is responsible", count)
        notice(said if count else gettext("Nothing changed: it was so already"), "ok" if count else "warn")
        return see_other(path)

    @expose("/<row:sheet_id>/history")
    @may("read")
    def history(self, sheet_id: int) -> ResponseReturnValue:
        """What was changed, by whom and when."""
        subject = subjects.find(sheet_id)
        wanted = WantedChanges(
            before=whole_number(request.args.get("before", "")), after=whole_number(request.args.get("after", ""))
        )
        page = histories.page(subject.sheet.area_id, [sheets.subject_of_record(subject.sheet.id)], wanted)
        return render_template(
            "sheets/history.html",
            subject=subject,
            page=page,
            days=sheet_history.by_day(page.changes, subject),
            address=partial(url_for, request.endpoint or "", sheet_id=sheet_id),
        )


def _change(file_id: UUID, *, restore: bool) -> ResponseReturnValue:
    with transaction():
        change = sheet_files.restore if restore else sheet_files.remove
        row = change(file_id, actor=current_actor(), now=now())
        sheet_id, slot, name = row.sheet_id, row.slot, row.original_name
    said = Message(N_("“%(name)s” is back") if restore else N_("“%(name)s” was deleted"), {"name": name})
    undo = None if restore else url_for("SheetView.restore", file_id=file_id)
    subject = subjects.find(sheet_id)
    if wants_json():
        return jsonify(message=sentence(said), undo=undo, **_fragments(subject, slot))
    notice(sentence(said), "ok" if restore else f"undo:{undo}")
    return see_other(f"{subject.path}#{anchor(slot)}")


def _shelf(subject: Subject, slot: str, refused: dict[str, Cell] | None = None) -> str:
    sheets.require_editable(subject, actor=current_actor())
    slot = slot or next(iter(subject.asked.slots), "")
    if slot not in subject.asked.slots:
        raise NotFound
    wanted = Wanted(single_line(request.args.get("q", ""))[:100])
    return render_template(
        "sheets/library.html",
        page=page_of(subject),
        slot=slot,
        wanted=wanted,
        shelf=shelves.usable_in_sheet(subject.sheet, slot, wanted, page_number()),
        refused=refused or {},
    )


def _cite(subject: Subject, slot: str) -> ResponseReturnValue:
    """Use a file that was sent before, instead of sending it again: the fields `source`, `slot` and `place`."""
    source, place, sheet_id = request.form["source"], request.form.get("place", ""), subject.sheet.id
    try:
        source_id = UUID(source)
    except ValueError:
        raise NotFound from None
    try:
        with transaction():
            row = sheet_files.cite(sheet_id, slot, source_id, place, actor=current_actor(), now=now())
            name = row.original_name
    except Correctable as refusal:
        if wants_json():
            raise
        again = subjects.find(sheet_id)
        return _shelf(again, slot, {source: Cell(None, 0, typed=place, error=sentence(refusal.message))}), refusal.status
    if wants_json():
        return jsonify({"files": [file_as_json(row)], "errors": []} | _fragments(subjects.find(sheet_id), slot)), 201
    notice(gettext("“%(name)s” is used here too", name=name))
    return see_other(f"{subject.path}#{anchor(slot)}")
