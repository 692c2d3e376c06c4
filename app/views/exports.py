"""Files of a round: the centre and analysts ask for them, see how far they are and take them; an office takes its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, abort, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext

from app.clock import now
from app.domain import paging
from app.domain.errors import N_, Correctable
from app.domain.exporting import (
    FORMATS,
    KEPT_FOR,
    MEDIA_TYPES,
    PRODUCT_NAMES,
    STATE_NAMES,
    Format,
    Product,
    State,
)
from app.domain.thai import whole_number
from app.errors import sentence
from app.exports.naming import file_name, narrowing
from app.extensions import transaction
from app.formatting import language
from app.models import Export, Round
from app.models.area import KIND_NAMES
from app.queries import board_cells
from app.queries import dataset as datasets
from app.queries import export as exports
from app.queries import round as rounds
from app.queries import submission as submissions
from app.queries.export import Wanted
from app.queries.submission import Office
from app.scope import current_actor
from app.services import exporting
from app.views.base import Screen, expose, may, notice, own_rounds, page_number, see_other
from app.views.downloads import send_stored

OFFICE_NAMES = {
    Product.WORKBOOK: N_("Workbook of the office"),
    Product.PAPER: N_("Reports as PDF"),
    Product.ARCHIVE: N_("Reports and evidence (ZIP)"),
}
PER_PAGE = 20
MOST_WATCHED = 50


@dataclass(frozen=True)
class Line:
    """A file as the list shows it: how many stand before it, and how it is narrowed, in words."""

    row: Export
    before: int | None
    narrowed: str
    name: str

    @property
    def says(self) -> str:
        """Where it stands, in words."""
        if self.row.state == State.WAITING and self.before:
            return ngettext("%(num)d file before it", "%(num)d files before it", self.before)
        return gettext(STATE_NAMES[State(self.row.state)])


def _lines(rows: Sequence[Export]) -> list[Line]:
    queue = exports.queue() if any(row.is_living for row in rows) else []
    return [
        Line(
            row,
            queue.index(row.id) if row.id in queue else None,
            " · ".join(f"{name}: {value}" for name, value in narrowing(Wanted.from_args(row.filters))),
            file_name(row),
        )
        for row in rows
    ]


def _product() -> tuple[Product, Format]:
    """What a press asks for: 'reports.csv'. Anything else is no file of ours."""
    product, _, form = request.form.get("what", "").partition(".")
    try:
        return Product(product), Format(form)
    except ValueError:
        abort(422)


def _watched(rows: Sequence[Export]) -> Response:
    """How far some files are, for the open page."""
    answer = jsonify(
        [
            {"id": line.row.id, "state": line.row.state, "percent": line.row.percent, "says": line.says, "done": line.row.done}
            for line in _lines(rows)
        ]
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _asked_about() -> set[int]:
    """Which files the open page watches."""
    numbers = (whole_number(text) for text in request.args.get("ids", "").split(",")[:MOST_WATCHED])
    return {number for number in numbers if number}


def _give(row: Export) -> Response:
    """The file, noted as taken; a download that goes on where it broke off is noted once."""
    if request.headers.get("Range", "bytes=0-").startswith("bytes=0-"):
        with transaction():
            exporting.take(row, actor=current_actor(), now=now())
    elif not row.is_ready:
        abort(404)
    return send_stored(
        row.storage_key, name=file_name(row), media_type=MEDIA_TYPES[row.extension], inline=False, sha256=row.sha256
    )


class ExportView(Screen):
    """What the centre takes away: everything of a round, narrowed or not, live or frozen."""

    route_base = "/exports"
    class_permission_name = "exports"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """The files of the round that matters now."""
        current = rounds.current([one for one in own_rounds() if not one.round.is_rehearsal], now())
        if current is None:
            return render_template("reports/no_round.html")
        return see_other(url_for("ExportView.desk", round_code=current.round.code))

    @expose("/<round_code>/")
    @may("read")
    def desk(self, round_code: str) -> ResponseReturnValue:
        return self._desk(rounds.find_real(round_code))

    def _desk(self, found: Round, problem: str = "") -> str:
        wanted = Wanted.from_args(request.values)
        number = whole_number(request.values.get("basis", ""))
        known = datasets.all_of(found.id)
        dataset = next((one for one in known if one.number == number), None)
        dataset_id = dataset.id if dataset else None
        areas = exports.areas_of(found, wanted, dataset_id)
        indicators = exports.indicators_of(found, wanted.where.indicator, also_retired=dataset is not None)
        total = exports.number(found.id)
        page = paging.within(page_number(), total, PER_PAGE)
        rows = exports.listed(found.id, limit=PER_PAGE, offset=(page - 1) * PER_PAGE)
        return render_template(
            "exports/desk.html",
            round=found,
            rounds=[one.round for one in own_rounds() if not one.round.is_rehearsal],
            wanted=wanted,
            choices=board_cells.choices(found),
            kind_names=KIND_NAMES,
            datasets=known,
            dataset=dataset,
            offices=len(areas),
            reports=exports.counted(areas, indicators, dataset_id),
            formats=FORMATS,
            names=PRODUCT_NAMES,
            lines=_lines(rows),
            page=page,
            pages=paging.pages(total, PER_PAGE),
            kept_hours=int(KEPT_FOR.total_seconds() // 3600),
            problem=problem,
        )

    @expose("/<round_code>/", methods=["POST"])
    @may("read")
    def ask(self, round_code: str) -> ResponseReturnValue:
        found = rounds.find_real(round_code)
        product, form = _product()
        wanted, number = Wanted.from_args(request.form), whole_number(request.form.get("basis", ""))
        try:
            with transaction():
                row = exporting.ask(
                    found,
                    product,
                    form,
                    wanted,
                    dataset_number=number,
                    language=language(),
                    actor=current_actor(),
                    now=now(),
                )
                is_ready, row_id = row.is_ready, row.id
        except Correctable as refusal:
            return self._desk(rounds.find_real(round_code), sentence(refusal.message)), refusal.status
        notice(_told(is_ready))
        more: dict[str, Any] = wanted.args | ({"basis": number} if number else {})
        return see_other(url_for("ExportView.desk", round_code=round_code, _anchor=f"file-{row_id}", **more))

    @expose("/<round_code>/live")
    @may("read")
    def live(self, round_code: str) -> ResponseReturnValue:
        found, wanted = rounds.find_real(round_code), _asked_about()
        return _watched([row for row in exports.listed(found.id, limit=MOST_WATCHED) if row.id in wanted])

    @expose("/<round_code>/files/<row:export_id>")
    @may("read")
    def take(self, round_code: str, export_id: int) -> ResponseReturnValue:
        return _give(exports.find(round_code, export_id))

    @expose("/<round_code>/files/<row:export_id>/cancel", methods=["POST"])
    @may("read")
    def cancel(self, round_code: str, export_id: int) -> ResponseReturnValue:
        _cancel(exports.find(round_code, export_id))
        return see_other(url_for("ExportView.desk", round_code=round_code))


def _told(is_ready: bool) -> str:
    if is_ready:
        return gettext("The same file was made before and nothing changed since: it is ready below.")
    return gettext("The file is being made. You may leave this page: your inbox tells when it is ready.")


def _cancel(row: Export) -> None:
    try:
        with transaction():
            exporting.cancel(row, actor=current_actor(), now=now())
        notice(gettext("Cancelled."))
    except Correctable as refusal:
        notice(sentence(refusal.message), "warn")


class OfficeFileView(Screen):
    """What an office takes away of its own round."""

    route_base = "/exports"
    class_permission_name = "own files"

    @expose("/<round_code>/<area_code>/")
    @may("take")
    def desk(self, round_code: str, area_code: str) -> ResponseReturnValue:
        return self._desk(submissions.find_office(round_code, area_code, actor=current_actor()))

    def _desk(self, office: Office, problem: str = "") -> str:
        return render_template(
            "exports/own_files.html",
            round=office.round,
            area=office.area,
            window=office.last_window,
            office_names=OFFICE_NAMES,
            formats=FORMATS,
            names=PRODUCT_NAMES,
            lines=_lines(exports.listed(office.round.id, area_id=office.area.id, limit=PER_PAGE)),
            kept_hours=int(KEPT_FOR.total_seconds() // 3600),
            problem=problem,
        )

    @expose("/<round_code>/<area_code>/", methods=["POST"])
    @may("take")
    def ask(self, round_code: str, area_code: str) -> ResponseReturnValue:
        office = submissions.find_office(round_code, area_code, actor=current_actor())
        product, _ = _product()
        try:
            with transaction():
                row = exporting.ask_for_office(
                    office.round, office.area, product, language=language(), actor=current_actor(), now=now()
                )
                is_ready, row_id = row.is_ready, row.id
        except Correctable as refusal:
            again = submissions.find_office(round_code, area_code, actor=current_actor())
            return self._desk(again, sentence(refusal.message)), refusal.status
        notice(_told(is_ready))
        return see_other(url_for("OfficeFileView.desk", round_code=round_code, area_code=area_code, _anchor=f"file-{row_id}"))

    @expose("/<round_code>/<area_code>/live")
    @may("take")
    def live(self, round_code: str, area_code: str) -> ResponseReturnValue:
        office, wanted = submissions.find_office(round_code, area_code, actor=current_actor()), _asked_about()
        rows = exports.listed(office.round.id, area_id=office.area.id, limit=MOST_WATCHED)
        return _watched([row for row in rows if row.id in wanted])

    @expose("/<round_code>/<area_code>/files/<row:export_id>")
    @may("take")
    def take(self, round_code: str, area_code: str, export_id: int) -> ResponseReturnValue:
        office = submissions.find_office(round_code, area_code, actor=current_actor())
        return _give(exports.find(round_code, export_id, area_id=office.area.id))

    @expose("/<round_code>/<area_code>/files/<row:export_id>/cancel", methods=["POST"])
    @may("take")
    def cancel(self, round_code: str, area_code: str, export_id: int) -> ResponseReturnValue:
        office = submissions.find_office(round_code, area_code, actor=current_actor())
        _cancel(exports.find(round_code, export_id, area_id=office.area.id))
        return see_other(url_for("OfficeFileView.desk", round_code=round_code, area_code=area_code))
