"""An office's round as a workbook: download, fill in offline, send back, see what it would change, take over all or part."""

from __future__ import annotations

import io
from typing import cast

from flask import Response, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app import exports
from app.clock import arrived, now
from app.domain import deadlines
from app.domain.access import Action, allows
from app.domain.errors import N_, Correctable, Refused
from app.domain.evidence import safe_name
from app.domain.thai import single_line
from app.domain.working_copy import BECOMES_NAMES, CHOICES, fill_of
from app.errors import sentence
from app.extensions import transaction
from app.formatting import in_language, localized
from app.identity import reporter
from app.models import Submission
from app.queries import submission as submissions
from app.queries import working_copy as working_copies
from app.queries.submission import Office
from app.scope import current_actor
from app.services import working_copies as copies
from app.storage import IncomingFile
from app.views.base import Screen, expose, may, notice, see_other
from app.views.indicator_sets import XLSX


def _office(round_code: str, area_code: str) -> Office:
    return submissions.find_office(round_code, area_code, actor=current_actor())


class WorkingCopyView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/workbook")
    @may("read")
    def overview(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return self._overview(_office(round_code, area_code))

    def _overview(self, office: Office, problem: str = "") -> str:
        may_edit = allows(current_actor(), Action.EDIT_REPORT, Submission(area_id=office.area.id))
        return render_template(
            "reports/workbook.html",
            office=office,
            copies=working_copies.copies_of(office) if may_edit else [],
            may_send=may_edit and deadlines.phase(office.window, now()) is deadlines.Phase.OPEN,
            most_mb=exports.reading.MOST_BYTES // 1024 // 1024,
            problem=problem,
        )

    @expose("/<round_code>/<area_code>/workbook.xlsx")
    @may("read")
    def download(self, round_code: str, area_code: str) -> ResponseReturnValue:
        office = _office(round_code, area_code)
        title = gettext(
            "Report of %(office)s, %(round)s %(year)d",
            office=in_language(office.area.short_name),
            round=localized(office.round, "name"),
            year=office.round.fiscal_year_be,
        )
        made = exports.working_copy.write(office, working_copies.fields_of(office), title=title)
        name = safe_name(f"{title} [{office.round.code} {office.area.code}].xlsx")
        response: Response = send_file(io.BytesIO(made), mimetype=XLSX, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/<round_code>/<area_code>/workbook", methods=["POST"])
    @may("write")
    def read(self, round_code: str, area_code: str) -> ResponseReturnValue:
        """A workbook comes back: it is read and kept, and nothing is taken over yet."""
        _office(round_code, area_code)
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise Refused(N_("Choose a file first"))
            incoming = cast(IncomingFile, upload.stream)
            incoming.flush()
            book = exports.reading.read(incoming.path, exports.working_copy.expected())
            with transaction():
                row = copies.keep(
                    _office(round_code, area_code),
                    single_line(upload.filename)[:255],
                    book.marks,
                    book.sheets,
                    book.problems,
                    actor=current_actor(),
                    now=now(),
                )
                copy_id = row.id
        except Correctable as refusal:
            return self._overview(_office(round_code, area_code), sentence(refusal.message)), 422
        return see_other(url_for("WorkingCopyView.look", round_code=round_code, area_code=area_code, copy_id=copy_id))

    @expose("/<round_code>/<area_code>/workbook/<row:copy_id>")
    @may("write")
    def look(self, round_code: str, area_code: str, copy_id: int) -> ResponseReturnValue:
        return self._look(_office(round_code, area_code), copy_id)

    def _look(self, office: Office, copy_id: int, problem: str = "") -> str:
        row = working_copies.copy_of(office, copy_id)
        if row is None:
            abort(404)
        return render_template(
            "reports/workbook_look.html",
            office=office,
            row=row,
            plan=copies.look(office, row, exports.working_copy.words()),
            names=BECOMES_NAMES,
            word_of=lambda key, value: CHOICES.get(fill_of(key), {}).get(value),
            problem=problem,
        )

    @expose("/<round_code>/<area_code>/workbook/<row:copy_id>/take", methods=["POST"])
    @may("write")
    def take(self, round_code: str, area_code: str, copy_id: int) -> ResponseReturnValue:
        try:
            with transaction():
                taken = copies.take(
                    _office(round_code, area_code),
                    copy_id,
                    set(request.form.getlist("take")),
                    exports.working_copy.words(),
                    actor=current_actor(),
                    reporter=reporter(),
                    now=now(),
                    begun_at=arrived(),
                )
        except Correctable as refusal:
            return self._look(_office(round_code, area_code), copy_id, sentence(refusal.message)), refusal.status
        notice(ngettext("%(num)d field was saved", "%(num)d fields were saved", taken.stored))
        if taken.conflicts or taken.refused:
            left = taken.conflicts + taken.refused
            notice(
                ngettext("%(num)d field was not saved: look below", "%(num)d fields were not saved: look below", left), "warn"
            )
        return see_other(url_for("WorkingCopyView.look", round_code=round_code, area_code=area_code, copy_id=copy_id))
