"""What an office itself said in e-MES on the topic of an inspection issue: its own latest report, and nothing of any review."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.extensions import db
from app.models import Indicator, Quantity
from app.queries import last_round
from app.queries.last_round import LastFile, LastReport


@dataclass(frozen=True)
class SameTopic:
    """The report, the indicator as it was asked, and the figures that were given, in order."""

    indicator: Indicator
    report: LastReport
    figures: list[tuple[Quantity, str]]

    @property
    def problems(self) -> str:
        return self.report.values.get("problems", "")

    @property
    def files(self) -> list[LastFile]:
        """The files of the report, each once."""
        return list({row.id: row for rows in self.report.files.values() for row in rows}.values())


def find(indicator_code: str, area_id: int) -> SameTopic | None:
    """The office's own latest report on an indicator of this code, in two statements; None where there is none."""
    report = last_round.latest(indicator_code, area_id) if indicator_code else None
    if report is None:
        return None
    statement = (
        select(Indicator)
        .where(Indicator.round_id == report.round.id, Indicator.full_code == indicator_code)
        .options(joinedload(Indicator.quantities))
    )
    indicator = db.session.scalars(statement).unique().one()
    figures = [(row, value) for row in indicator.active_quantities if (value := report.figure(row.key))]
    return SameTopic(indicator, report, figures)
