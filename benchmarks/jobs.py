"""What the application asks its writing process for, one job for each size and format: `python -m benchmarks.jobs FOLDER AREAS …`.

Runs as a process of its own, so that who measures stays small. Its settings are those of the application (`EMES_DATABASE_URL`, …)."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from flask_babel import force_locale
from sqlalchemy import select

from app import create_app, scope
from app.clock import now
from app.domain.exporting import Format
from app.exports import round_workbook, tables
from app.exports.round_book import Asked
from app.extensions import db
from app.models import Round
from app.queries import export as exports
from app.queries.export import Wanted
from app.queries.round_rows import Basis
from app.services.scale import ROUND_CODE

_ADDRESS = "https://emes.example/evidence/"


def asked_for(areas: int) -> Asked:
    """The reports of the first offices of the round that is measured on, as the centre asks for them."""
    found = db.session.scalars(select(Round).where(Round.code == ROUND_CODE)).one()
    offices = exports.areas_of(found, Wanted.from_args({}))
    meant, indicators = offices[:areas], exports.indicators_of(found)
    return Asked(
        round=found,
        basis=Basis(found.id, now()),
        dataset=None,
        areas=meant,
        indicators=indicators,
        quantities=exports.quantities_of(indicators),
        narrowed=[],
        is_whole=len(meant) == len(offices),
        indicator="",
        language="th",
        made_at=now(),
        made_by="",
        address=_ADDRESS,
        planned=exports.counted(meant, indicators),
    )


def make(folder: Path, areas: int) -> None:
    """Write the job of each format into a folder: `<format>-<rows>.json`, its target beside it."""
    asked = asked_for(areas)
    for form in Format:
        if form in (Format.XLSX, Format.CSV, Format.PARQUET):
            name = f"{form.value}-{asked.planned}"
            own = folder / name
            own.mkdir(exist_ok=True)
            job = round_workbook.table_job(asked, tables.REPORTS, form, own / f"reports.{form.value}", own)
            (folder / f"{name}.json").write_text(json.dumps(job), encoding="utf-8")


def main(folder: Path, sizes: Sequence[int]) -> None:
    app = create_app()
    with app.test_request_context(), force_locale("th"), scope.whole_country("rows of made-up offices are measured"):
        for areas in sizes:
            make(folder, areas)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(text) for text in sys.argv[2:]])
