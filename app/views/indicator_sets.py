"""The indicator set of a round as one workbook: download, send back, see what it would do, apply."""

from __future__ import annotations

import io
from typing import cast

from flask import Response, abort, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app import exports
from app.clock import now
from app.domain.errors import N_, Correctable, Refused
from app.domain.evidence import safe_name
from app.domain.indicator_set import WHAT_NAMES
from app.domain.thai import single_line
from app.errors import sentence
from app.extensions import transaction
from app.formatting import localized
from app.models import Round
from app.queries import indicator_set as indicator_sets
from app.queries import round as rounds
from app.scope import current_actor
from app.services import indicator_sets as sets
from app.storage import IncomingFile
from app.views.base import Screen, expose, may, notice, see_other

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_SHOWN = 500


class IndicatorSetView(Screen):
    route_base = "/rounds"
    class_permission_name = "round desk"

    @expose("/<round_code>/set")
    @may("run")
    def overview(self, round_code: str) -> ResponseReturnValue:
        return self._overview(rounds.find(round_code))

    def _overview(self, found: Round, problem: str = "") -> str:
        standings = indicator_sets.standing(found)
        return render_template(
            "rounds/set.html",
            round=found,
            standings=standings,
            imports=indicator_sets.imports_of(found.id),
            most_mb=exports.reading.MOST_BYTES // 1024 // 1024,
            problem=problem,
        )

    @expose("/<round_code>/set.xlsx")
    @may("run")
    def download(self, round_code: str) -> ResponseReturnValue:
        found = rounds.find(round_code)
        title = gettext("Indicator set of %(round)s %(year)d", round=localized(found, "name"), year=found.fiscal_year_be)
        made = exports.indicator_set.write(indicator_sets.standing(found), title=title)
        name = safe_name(f"{title} [{found.code}].xlsx")
        response: Response = send_file(io.BytesIO(made), mimetype=XLSX, as_attachment=True, download_name=name)
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/<round_code>/set", methods=["POST"])
    @may("run")
    def read(self, round_code: str) -> ResponseReturnValue:
        """A workbook comes back: it is read and kept, and nothing is changed yet."""
        found = rounds.find(round_code)
        upload = request.files.get("file")
        try:
            if upload is None or not upload.filename:
                raise Refused(N_("Choose a file first"))
            incoming = cast(IncomingFile, upload.stream)
            incoming.flush()
            kinds = indicator_sets.standing(found).kinds
            book = exports.reading.read(incoming.path, exports.indicator_set.expected(kinds))
            with transaction():
                row = sets.keep(
                    rounds.find(round_code),
                    single_line(upload.filename)[:255],
                    book.marks,
                    book.sheets,
                    book.problems,
                    actor=current_actor(),
                    now=now(),
                )
                import_id = row.id
        except Correctable as refusal:
            return self._overview(rounds.find(round_code), sentence(refusal.message)), 422
        return see_other(url_for("IndicatorSetView.look", round_code=round_code, import_id=import_id))

    @expose("/<round_code>/set/<row:import_id>")
    @may("run")
    def look(self, round_code: str, import_id: int) -> ResponseReturnValue:
        return self._look(round_code, import_id)

    def _look(self, round_code: str, import_id: int, problem: str = "") -> str:
        with transaction():
            found = rounds.find(round_code)
            row = indicator_sets.import_of(found.id, import_id)
            if row is None:
                abort(404)
            plan = None
            if row.applied_at is None:
                plan = sets.look(found, row.content, exports.indicator_set.words(indicator_sets.standing(found).kinds))
        return render_template(
            "rounds/set_look.html",
            round=found,
            row=row,
            plan=plan,
            seal=sets.seal(plan) if plan else "",
            what_names=WHAT_NAMES,
            problem=problem,
            most=MOST_SHOWN,
        )

    @expose("/<round_code>/set/<row:import_id>/apply", methods=["POST"])
    @may("run")
    def apply(self, round_code: str, import_id: int) -> ResponseReturnValue:
        try:
            with transaction():
                row = sets.apply(
                    round_code,
                    import_id,
                    exports.indicator_set.words(indicator_sets.standing(rounds.find(round_code)).kinds),
                    shown=request.form.get("shown", ""),
                    actor=current_actor(),
                    now=now(),
                )
                done = row.new_count + row.changed_count + row.retired_count
        except Correctable as refusal:
            return self._look(round_code, import_id, sentence(refusal.message)), refusal.status
        notice(ngettext("%(num)d row of the set was changed", "%(num)d rows of the set were changed", done))
        return see_other(url_for("IndicatorSetView.overview", round_code=round_code))
