"""What an indicator asked before and asks now, and a report as it was handed in under the version that stood then."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from app.domain.errors import NotFound
from app.domain.evidence import criterion_slot
from app.domain.indicator_set import CRITERIA, INDICATORS, LEVELS, QUANTITIES
from app.domain.indicator_version import changes, rows
from app.queries import indicator_version as versions
from app.queries import submission as submissions
from app.scope import current_actor
from app.services import versions as versions_service
from app.views.base import Screen, expose, may


class IndicatorVersionView(Screen):
    """Readable for everybody who can see the round: questions belong to no office."""

    route_base = "/indicators"
    class_permission_name = "reports"

    @expose("/<round_code>/<indicator_code>/versions")
    @may("read")
    def versions(self, round_code: str, indicator_code: str) -> ResponseReturnValue:
        """Every version, the latest first, with what changed in each."""
        indicator = versions.find_indicator(round_code, indicator_code, actor=current_actor())
        earlier = versions.versions_of(indicator.id)
        asked = [versions_service.asked_at(indicator, indicator.version), *(row.asked for row in earlier)]
        return render_template(
            "indicators/versions.html",
            indicator=indicator,
            round=indicator.part.round,
            entries=[
                (indicator.version - place, content, earlier[place] if place < len(earlier) else None)
                for place, content in enumerate(asked)
            ],
            steps=[changes(asked[place + 1], asked[place]) for place in range(len(earlier))],
            kinds={"indicator": INDICATORS, "criteria": CRITERIA, "levels": LEVELS, "quantities": QUANTITIES},
            rows=rows,
        )


class HandedInView(Screen):
    """The guard on the session hides what other offices handed in."""

    route_base = "/receipts"
    class_permission_name = "reports"

    @expose("/<number>/report")
    @may("read")
    def report(self, number: str) -> ResponseReturnValue:
        """A report as it was handed in: what was asked then and what was answered, whatever was edited since."""
        row = submissions.hand_in_by_number(number)
        if row is None:
            raise NotFound
        indicator = row.submission.indicator
        version = row.content.get("indicator", {}).get("version", 1)
        asked = versions_service.asked_at(indicator, version)
        files: dict[str, list] = {}
        for file in row.content["evidence"]:
            files.setdefault(file["slot"], []).append(file)
        return render_template(
            "receipts/report.html",
            row=row,
            round=row.submission.round,
            area=row.submission.area,
            indicator=indicator,
            version=version,
            asked=asked,
            criteria=rows(asked, CRITERIA),
            levels_asked={cells["level"]: cells for cells in rows(asked, LEVELS)},
            quantities=rows(asked, QUANTITIES),
            fields=row.content["fields"],
            files=files,
            slot_of=lambda cells: criterion_slot(int(cells["number"])),
        )
