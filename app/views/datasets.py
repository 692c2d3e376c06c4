"""Frozen figures of a round: freezing them, the tables, the figures of any moment, and whether they still stand."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import dataset as rules
from app.domain import paging
from app.domain.errors import Correctable
from app.domain.reviewing import BASIS_NAMES
from app.errors import sentence
from app.exports import dataset as exports
from app.extensions import transaction
from app.formatting import local_input
from app.forms.publication import AsOfForm, FreezeForm
from app.models import Dataset, Round
from app.models.area import KIND_NAMES, REGION_NAMES
from app.queries import dataset as datasets
from app.queries import round as rounds
from app.scope import current_actor
from app.services import datasets as freezing
from app.signing import signer
from app.views.base import Screen, expose, may, notice, page_number, request, see_other

ROWS_A_PAGE = 100


def _tables(found: Round, table: rules.Table) -> dict[str, Any]:
    """What the tables are drawn from."""
    asked = [row for row in datasets.indicators_of(found.id) if row.id in table.by_indicator]
    return {
        "table": table,
        "indicators": asked,
        "regions": [region for region in REGION_NAMES if region in table.regions],
        "kinds": [kind for kind in KIND_NAMES if kind in table.kinds],
        "kind_names": KIND_NAMES,
    }


class DatasetView(Screen):
    """The centre freezes; analysts and moderators read."""

    route_base = "/publication"
    class_permission_name = "publication"

    @expose("/<round_code>/datasets/")
    @may("read")
    def all(self, round_code: str) -> ResponseReturnValue:
        """Every dataset of a round, freezing another, and asking for any moment."""
        return self._all(rounds.find_real(round_code), FreezeForm())

    def _all(self, found: Round, form: FreezeForm, problem: str = "", asked: AsOfForm | None = None) -> str:
        asked = asked or AsOfForm(formdata=None, data={"at": now()})
        return render_template(
            "publication/datasets.html",
            round=found,
            datasets=datasets.all_of(found.id),
            form=form,
            problem=problem,
            as_of=asked,
        )

    @expose("/<round_code>/datasets/", methods=["POST"])
    @may("publish")
    def freeze(self, round_code: str) -> ResponseReturnValue:
        form = FreezeForm()
        if not form.validate_on_submit():
            return self._all(rounds.find_real(round_code), form), 422
        try:
            with transaction():
                made = freezing.freeze(
                    round_code, form.note.data or "", actor=current_actor(), now=now(), signer=signer()
                ).number
        except Correctable as refusal:
            return self._all(rounds.find_real(round_code), form, sentence(refusal.message)), refusal.status
        notice(gettext("Dataset %(number)d is frozen.", number=made))
        return see_other(url_for("DatasetView.one", round_code=round_code, dataset_number=made))

    @expose("/<round_code>/datasets/as-of")
    @may("read")
    def as_of(self, round_code: str) -> ResponseReturnValue:
        """The tables as they would have been at any moment; nothing of it is kept."""
        found, form = rounds.find_real(round_code), AsOfForm(request.args)
        if not form.validate():
            return self._all(found, FreezeForm(formdata=None), asked=form), 422
        asked: datetime = form.at.data or now()
        moment = min(asked, now())
        rows = datasets.rows_as_of(found, moment)
        return render_template(
            "publication/as_of.html",
            round=found,
            moment=moment,
            is_now=moment != asked,
            digest=rules.digest(rows),
            typed=local_input(moment),
            **_tables(found, rules.tabulate(rules.cells_of(rows))),
        )

    @expose("/<round_code>/datasets/<row:dataset_number>")
    @may("read")
    def one(self, round_code: str, dataset_number: int) -> ResponseReturnValue:
        """The national and regional tables of a dataset."""
        row = datasets.find(round_code, dataset_number)
        return render_template(
            "publication/dataset.html",
            round=row.round,
            row=row,
            **_tables(row.round, rules.tabulate(datasets.cells_of(row.id))),
        )

    @expose("/<round_code>/datasets/<row:dataset_number>.csv")
    @may("read")
    def rows(self, round_code: str, dataset_number: int) -> ResponseReturnValue:
        row = datasets.find(round_code, dataset_number)
        name = f"emes-{round_code}-dataset-{row.number}-{row.digest[: rules.DIGEST_SHOWN]}.csv"
        response = Response(exports.as_csv(datasets.rows_of(row.id)), mimetype="text/csv")
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "private, no-store"
        return response

    @expose("/<round_code>/datasets/<row:dataset_number>/rebuild")
    @may("read")
    def rebuild(self, round_code: str, dataset_number: int) -> ResponseReturnValue:
        """Reckon the dataset again as of its moment, compare digit by digit, and list what changed since and by whom."""
        row: Dataset = datasets.find(round_code, dataset_number)
        rebuilt, since = freezing.rebuild(row), freezing.changes_since(row, now=now())
        page = paging.within(page_number(), len(since), ROWS_A_PAGE)
        shown = since[(page - 1) * ROWS_A_PAGE : page * ROWS_A_PAGE]
        keys = [one.row.area_id for one in rebuilt.differing[:ROWS_A_PAGE]] + [one.difference.row.area_id for one in shown]
        return render_template(
            "publication/rebuild.html",
            round=row.round,
            row=row,
            rebuilt=rebuilt,
            differing=rebuilt.differing[:ROWS_A_PAGE],
            since=shown,
            number_since=len(since),
            page=page,
            pages=paging.pages(len(since), ROWS_A_PAGE),
            areas=datasets.area_names(keys),
            basis_names=BASIS_NAMES,
        )
