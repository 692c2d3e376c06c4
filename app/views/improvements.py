"""Earlier advice in a report: which attached file answers it."""

from __future__ import annotations

from uuid import UUID

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import arrived, now
from app.domain.belonging import require_page
from app.domain.evidence import criterion_slot
from app.extensions import transaction
from app.scope import current_actor
from app.services import improvement
from app.services.reporting import Address
from app.views.base import Screen, expose, may, notice, see_other
from app.views.report_answers import here, report_url
from app.views.report_page import anchor


class ImprovementView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/<indicator_code>/improvements/<row:item_id>", methods=["POST"])
    @may("write")
    def answer(self, round_code: str, area_code: str, indicator_code: str, item_id: int) -> ResponseReturnValue:
        """`evidence` is the file that answers it; nothing takes the answer back."""
        address = Address(round_code, area_code, indicator_code)
        require_page(request.form.get("for", ""), here(address))
        with transaction():
            item = improvement.answer(
                address, item_id, _file(request.form.get("evidence", "")), actor=current_actor(), now=now(), begun_at=arrived()
            )
            number, is_answered = item.criterion_number, item.evidence_id is not None
        notice(gettext("The advice counts as answered") if is_answered else gettext("The advice is open again"))
        return see_other(report_url("report", address) + f"#{anchor(criterion_slot(number)) if number else 's1'}")


def _file(text: str) -> UUID | None:
    """The file of a choice; what is no file's id fits none."""
    try:
        return UUID(text) if text else None
    except ValueError:
        return UUID(int=0)
