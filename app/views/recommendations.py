"""Recommendations of inspectors: entered, answered, closed; the follow-up list of an office and how far the country is."""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Any, cast

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from app import exports
from app.clock import now
from app.domain import paging
from app.domain.access import Action, require
from app.domain.calendar import local
from app.domain.errors import Correctable, NotFound
from app.domain.evidence import safe_name
from app.domain.recommendations import SECTIONS, STATE_NAMES, Move, State
from app.errors import sentence
from app.extensions import transaction
from app.formatting import in_language
from app.forms.recommendations import RecommendationForm
from app.models import Area, Sheet
from app.queries import area as areas
from app.queries import inspection as inspections
from app.queries import recommendation as queries
from app.queries import team
from app.queries.inspection import Inspected
from app.queries.recommendation import PAGE_ROWS, Filter, Tally
from app.scope import current_actor
from app.services import recommending, sheets, subjects
from app.services.recommending import Wording
from app.services.sheets import IncompleteSheet
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.inspection_page import MOVED, XLSX, RecommendationPage, download, overdue
from app.views.sheet_answers import cells_after, changes_from_form, changes_from_json, page_of, saved_as_json

COUNTRY_ROWS = 100


def _office(inspection_code: str, area_code: str) -> Inspected:
    return inspections.find_office(inspection_code, area_code, actor=current_actor())


def _codes(inspected: Inspected) -> dict[str, Any]:
    return {"inspection_code": inspected.inspection.code, "area_code": inspected.area.code}


def _form(inspected: Inspected) -> RecommendationForm:
    form = RecommendationForm()
    form.issue_code.choices = [("", "–"), *((issue.code, str(issue)) for issue in inspected.issues)]
    form.owners.choices = [(user.id, user.profile.full_name) for user in team.people(inspected.area.id)]
    return form


def _wording(form: RecommendationForm) -> Wording:
    return Wording(
        text=form.text.data or "",
        concerned=form.concerned.data or "",
        received_on=cast(date, form.received_on.data),
        due_on=form.due_on.data,
        issue_code=form.issue_code.data or "",
    )


def _page(inspected: Inspected, number: int, **more: Any) -> RecommendationPage:
    row = queries.find(inspected, number)
    return RecommendationPage(inspected, row, page_of(recommending.subject_of(row.sheet, row), **more))


def _render(view: RecommendationPage) -> str:
    return render_template(
        "inspections/recommendation.html", view=view, page=view.sheet, sections=SECTIONS, state_names=STATE_NAMES
    )


class RecommendationView(Screen):
    route_base = "/inspections"
    class_permission_name = "recommendations"

    @expose("/<inspection_code>/<area_code>/recommendations/new")
    @may("lead")
    def new(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        require(current_actor(), Action.LEAD_SHEETS, Sheet(area_id=inspected.area.id))
        form = _form(inspected)
        form.received_on.data = local(now()).date()
        return render_template("inspections/recommend.html", inspected=inspected, form=form, row=None)

    @expose("/<inspection_code>/<area_code>/recommendations", methods=["POST"])
    @may("lead")
    def add(self, inspection_code: str, area_code: str) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        form = _form(inspected)
        status = 422
        if form.validate_on_submit():
            try:
                with transaction():
                    number = recommending.add(
                        inspection_code,
                        area_code,
                        _wording(form),
                        form.owners.data or [],
                        actor=current_actor(),
                        now=now(),
                    ).number
            except Correctable as refusal:
                form.due_on.errors, status = [sentence(refusal.message)], refusal.status
            else:
                notice(gettext("Recommendation %(number)d is entered. Those responsible are told.", number=number))
                return see_other(url_for("RecommendationView.one", recommendation_number=number, **_codes(inspected)))
        return render_template("inspections/recommend.html", inspected=inspected, form=form, row=None), status

    @expose("/<inspection_code>/<area_code>/recommendations/<row:recommendation_number>")
    @may("read")
    def one(self, inspection_code: str, area_code: str, recommendation_number: int) -> ResponseReturnValue:
        return _render(_page(_office(inspection_code, area_code), recommendation_number))

    @expose("/<inspection_code>/<area_code>/recommendations/<row:recommendation_number>/edit")
    @may("lead")
    def edit(self, inspection_code: str, area_code: str, recommendation_number: int) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        row = queries.find(inspected, recommendation_number)
        require(current_actor(), Action.LEAD_SHEETS, row.sheet)
        form = _form(inspected)
        form.text.data, form.concerned.data = row.text, row.concerned
        form.received_on.data, form.due_on.data = row.received_on, row.due_on
        form.issue_code.data = row.issue.code if row.issue else ""
        return render_template("inspections/recommend.html", inspected=inspected, form=form, row=row)

    @expose("/<inspection_code>/<area_code>/recommendations/<row:recommendation_number>/edit", methods=["POST"])
    @may("lead")
    def amend(self, inspection_code: str, area_code: str, recommendation_number: int) -> ResponseReturnValue:
        inspected = _office(inspection_code, area_code)
        row = queries.find(inspected, recommendation_number)
        form = _form(inspected)
        status = 422
        if form.validate_on_submit():
            try:
                with transaction():
                    recommending.amend(
                        inspection_code,
                        area_code,
                        recommendation_number,
                        _wording(form),
                        actor=current_actor(),
                        now=now(),
                    )
            except Correctable as refusal:
                form.due_on.errors, status = [sentence(refusal.message)], refusal.status
            else:
                notice(gettext("Saved"))
                return _back(inspection_code, area_code, recommendation_number)
        return render_template("inspections/recommend.html", inspected=inspected, form=form, row=row), status

    @expose("/<inspection_code>/<area_code>/recommendations/<row:recommendation_number>", methods=["PATCH"])
    @may("write")
    def save_fields(self, inspection_code: str, area_code: str, recommendation_number: int) -> ResponseReturnValue:
        view = _page(_office(inspection_code, area_code), recommendation_number)
        changes = changes_from_json(view.sheet.subject)
        with transaction():
            saved = sheets.save(subjects.held(view.row.sheet_id), changes, actor=current_actor(), now=now())
        return saved_as_json(saved)

    @expose("/<inspection_code>/<area_code>/recommendations/<row:recommendation_number>", methods=["POST"])
    @may("write")
    def save_form(self, inspection_code: str, area_code: str, recommendation_number: int) -> ResponseReturnValue:
        """The whole form, and the answer that was pressed with it."""
        view = _page(_office(inspection_code, area_code), recommendation_number)
        changes = changes_from_form(view.sheet.subject)
        with transaction():
            saved = sheets.save(subjects.held(view.row.sheet_id), changes, actor=current_actor(), now=now())
        if saved.errors or saved.conflicts:
            again = _page(_office(inspection_code, area_code), recommendation_number, cells=cells_after(saved, changes))
            return _render(again), 409 if saved.conflicts else 422
        then = request.form.get("then", "")
        if then in (Move.FINISH, Move.REFUSE):
            return _move(inspection_code, area_code, recommendation_number, Move(then))
        notice(gettext("Saved"))
        return _back(inspection_code, area_code, recommendation_number)

    @expose(
        "/<inspection_code>/<area_code>/recommendations/<row:recommendation_number>/moves/<recommendation_move>",
        methods=["POST"],
    )
    @may("write")
    def move(
        self, inspection_code: str, area_code: str, recommendation_number: int, recommendation_move: str
    ) -> ResponseReturnValue:
        if recommendation_move not in set(Move):
            raise NotFound
        return _move(inspection_code, area_code, recommendation_number, Move(recommendation_move))


def _back(inspection_code: str, area_code: str, number: int) -> ResponseReturnValue:
    return see_other(
        url_for(
            "RecommendationView.one",
            inspection_code=inspection_code,
            area_code=area_code,
            recommendation_number=number,
        )
    )


def _move(inspection_code: str, area_code: str, number: int, which: Move) -> ResponseReturnValue:
    try:
        with transaction():
            recommending.move(
                inspection_code,
                area_code,
                number,
                which,
                actor=current_actor(),
                now=now(),
                said=request.form.get("reason", ""),
            )
    except Correctable as refusal:
        view = _page(_office(inspection_code, area_code), number)
        said = refusal.items[0].message if isinstance(refusal, IncompleteSheet) else refusal.message
        view.refused[which] = sentence(said)
        return _render(view), refusal.status
    notice(gettext(MOVED[which]))
    return _back(inspection_code, area_code, number)


class FollowUpView(Screen):
    """Recommendations across inspections."""

    route_base = "/recommendations"
    class_permission_name = "recommendations"

    @expose("/")
    @may("read")
    def all(self) -> ResponseReturnValue:
        """How far every office is with what was recommended; an office is led to its own list."""
        area = current_user.profile.area
        if area is not None:
            return see_other(url_for("FollowUpView.office", area_code=area.code))
        wanted = request.args.get("inspection", "")[:16]
        lines = queries.of_country(wanted, local(now()).date())
        every = inspections.all_in_use()
        totals: dict[str, Tally] = {}
        for line in lines:
            totals[line.inspection.code] = totals.get(line.inspection.code, Tally()) + line.tally
        page = paging.within(page_number(), len(lines), COUNTRY_ROWS)
        return render_template(
            "inspections/country.html",
            lines=lines[(page - 1) * COUNTRY_ROWS : page * COUNTRY_ROWS],
            totals=totals,
            inspections=every,
            wanted=wanted,
            total=sum(totals.values(), Tally()),
            page=page,
            pages=paging.pages(len(lines), COUNTRY_ROWS),
            address=partial(url_for, "FollowUpView.all", inspection=wanted or None),
        )

    @expose("/<area_code>/")
    @may("read")
    def office(self, area_code: str) -> ResponseReturnValue:
        """The recommendations of an office across inspections, what is owed first."""
        area, wanted, today = _area(area_code), Filter.from_args(request.args), local(now()).date()
        kept: dict[str, Any] = dict(wanted.args())
        count = queries.count(area.id, wanted, today)
        page = paging.within(page_number(), count, PAGE_ROWS)
        return render_template(
            "inspections/follow_up.html",
            area=area,
            wanted=wanted,
            rows=queries.follow_up(area.id, wanted, today, page=page),
            tally=queries.tally_of_office(area.id, today),
            count=count,
            page=page,
            pages=paging.pages(count, PAGE_ROWS),
            state_names=STATE_NAMES,
            states=State,
            overdue=overdue,
            address=partial(url_for, "FollowUpView.office", area_code=area.code, **kept),
        )

    @expose("/<area_code>/list.xlsx")
    @may("read")
    def workbook(self, area_code: str) -> ResponseReturnValue:
        area, wanted, today = _area(area_code), Filter.from_args(request.args), local(now()).date()
        rows = queries.follow_up(area.id, wanted, today, size=None)
        title = gettext("Recommendations of inspectors, %(office)s", office=in_language(area.short_name))
        made = exports.inspection_books.follow_up(rows, title=title, today=today, now=now())
        return download(made, safe_name(f"{title}.xlsx"), XLSX)


def _area(area_code: str) -> Area:
    """The office of an address. Raises NotFound for another's."""
    actor, area = current_actor(), areas.by_code(area_code)
    if area is None or not (actor.sees_all_areas or area.id in actor.area_ids):
        raise NotFound
    return area
