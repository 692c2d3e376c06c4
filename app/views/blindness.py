"""Blind first, on every page: whoever has an open review of a report is led from all other pages about it to the desk.

The desk leaves out what must not be seen yet; the pages of the office, its receipts and its workbook show it."""

from __future__ import annotations

from flask import abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.domain.access import Duty
from app.queries import blindness
from app.requests import wants_json
from app.scope import current_actor
from app.views.base import notice, see_other

DESK = "/review/"
# Figures of a round that name single reports with their levels.
OF_ALL_REPORTS = (
    "DatasetView.rows",
    "DatasetView.rebuild",
    "ExportView.ask",
    "ExportView.take",
    "FigureView.figures",
    "FigureView.table",
    "FigureView.drawing",
    "FigureView.explore",
    "FigureView.explored",
)


def lead_to_the_desk() -> ResponseReturnValue | None:
    """Runs before each page. Pages that tell of one office carry its code in their address; receipts carry their number."""
    rule, values = request.url_rule, request.view_args or {}
    if rule is None or rule.rule.startswith(DESK) or not current_actor().has(Duty.EVALUATOR, Duty.MODERATOR):
        return None
    if not _must_not_see(rule.rule, rule.endpoint, values):
        return None
    if wants_json():
        abort(403)
    notice(gettext("You review this report: what the office says of itself shows once your review is locked."), "warn")
    codes = {name: values[name] for name in ("round_code", "area_code", "indicator_code") if name in values}
    if len(codes) == 3:
        return see_other(url_for("ReviewView.case", **codes))
    return see_other(url_for("ReviewView.desk", round_code=codes["round_code"]) if codes else url_for("ReviewView.home"))


def _must_not_see(rule: str, endpoint: str, values: dict[str, str]) -> bool:
    if rule.startswith("/receipts/"):
        return blindness.blind_to_receipt(current_actor(), values.get("number", ""))
    if endpoint in OF_ALL_REPORTS:
        return blindness.blind_in_round(current_actor(), values["round_code"])
    if "round_code" not in values or "area_code" not in values:
        return False
    codes = values["round_code"], values["area_code"], values.get("indicator_code")
    return blindness.blind_to_report(current_actor(), *codes)
