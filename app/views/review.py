"""The review desk: an evaluator's queue of a round, and one report with its evidence beside the criteria."""

from __future__ import annotations

from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import paging
from app.domain.access import Duty
from app.domain.calendar import local
from app.domain.errors import Correctable
from app.domain.review_desk import STANDING_NAMES, Standing
from app.domain.reviewing import MOST_TEXT, VERDICT_NAMES, IncompleteReview, Verdict
from app.domain.round_life import Stage
from app.domain.thai import whole_number
from app.errors import sentence
from app.extensions import transaction
from app.formatting import clock, in_language
from app.queries import review as reviews
from app.queries import review_case as cases
from app.queries import round as rounds
from app.requests import wants_json
from app.scope import current_actor
from app.services import reviewing
from app.services.reporting import Address
from app.services.reviewing import Saved
from app.views.base import Screen, expose, may, notice, page_number, see_other
from app.views.field_answers import conflict_as_json
from app.views.report_answers import changes_from_form, changes_from_json
from app.views.report_page import anchor
from app.views.review_changes import Changes, for_reviewer
from app.views.review_page import CasePage, case_url, full_page, refused_cells, wanted_queue

PARTS = {"case": "review/_case.html", "queue": "review/_queue.html", "viewer": "review/_viewer.html"}


def _drawn(template: str, page: CasePage) -> str:
    return render_template(
        template,
        page=page,
        case=page.case,
        changes=_changes(page),
        standing_names=STANDING_NAMES,
        verdict_names=VERDICT_NAMES,
        verdicts=list(Verdict),
        most_text=MOST_TEXT,
    )


def _changes(page: CasePage) -> Changes | None:
    """What the office changed since it was looked at, of a report that was handed in more than once."""
    case = page.case
    if case.hand_in.sequence == 1:
        return None
    locked, latest = cases.hand_ins(case)
    return for_reviewer(case.submission_id, case.indicator, locked=locked, latest=latest, is_revealed=page.revealed is not None)


def _missing_as_json(saved: Saved) -> list[dict[str, str]]:
    return [{"key": key, "anchor": anchor(key), "text": sentence(said)} for key, said in saved.missing.items()]


def _saved_as_json(saved: Saved) -> ResponseReturnValue:
    body: dict[str, Any] = {
        "saved_at": saved.saved_at.isoformat(),
        "fields": {key: {"version": version} for key, version in saved.versions.items()},
        "missing": _missing_as_json(saved),
        "state": saved.review.state,
    }
    if saved.errors:
        body["errors"] = {key: sentence(said) for key, said in saved.errors.items()}
    if saved.conflicts:
        body["conflicts"] = {
            key: conflict_as_json(conflict) | {"time": clock(conflict.at)} for key, conflict in saved.conflicts.items()
        }
    return jsonify(body), 409 if saved.conflicts else 422 if saved.errors else 200


def _refused_page(address: Address, saved: Saved, typed: dict[str, object]) -> ResponseReturnValue:
    """The form again after a plain save, with what was not stored beside its field."""
    said = {key: sentence(message) for key, message in saved.errors.items()}
    page = full_page(address, refused=refused_cells(saved, typed, said))
    return _drawn("review/case.html", page), 409 if saved.conflicts else 422


class ReviewView(Screen):
    """Which reports are assigned to whom is looked up in `services.reviewing`; what is not assigned is not found."""

    route_base = "/review"
    class_permission_name = "review desk"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """Straight to the round in review."""
        found = reviews.round_in_review()
        if found is None:
            return render_template("reports/no_round.html")
        return see_other(url_for("ReviewView.desk", round_code=found.code))

    @expose("/<round_code>/")
    @may("read")
    def desk(self, round_code: str) -> ResponseReturnValue:
        """The own queue with progress and pace; for the centre and moderators everybody's progress too."""
        found, actor, wanted = rounds.find_real(round_code), current_actor(), wanted_queue()
        counted = reviews.tally(found.id, actor.user_id)
        narrowed = reviews.tally(found.id, actor.user_id, wanted) if wanted.args() else counted
        state = Standing(wanted.state) if wanted.state in set(Standing) else None
        fitting = narrowed.by_standing.get(state, 0) if state else narrowed.assigned
        page = paging.within(page_number(), fitting, reviews.PAGE_SIZE)
        return render_template(
            "review/desk.html",
            round=found,
            wanted=wanted,
            tally=counted,
            narrowed=narrowed,
            fitting=fitting,
            page=page,
            pages=paging.pages(fitting, reviews.PAGE_SIZE),
            entries=reviews.page_of_queue(found.id, actor.user_id, wanted, page) if fitting else [],
            progress=reviews.progress(found.id, actor.user_id, counted),
            following=reviews.next_to_do(found.id, actor.user_id, wanted) if counted.assigned else None,
            indicators=reviews.indicators_of(found.id, actor.user_id) if counted.assigned else [],
            everybody=reviews.progress_of_all(found.id) if actor.has(Duty.CENTRAL, Duty.ADMIN, Duty.MODERATOR) else None,
            in_review=found.stage == Stage.REVIEW,
            today=local(now()).date(),
            standing_names=STANDING_NAMES,
            url_of=lambda entry: case_url(found.code, entry.area_code, entry.indicator_code, wanted),
        )

    @expose("/<round_code>/<area_code>/<indicator_code>")
    @may("read")
    def case(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """One report; the page's script asks for parts of it."""
        part = request.args.get("part", "")
        page = full_page(Address(round_code, area_code, indicator_code))
        return _drawn(PARTS.get(part, "review/case.html"), page)

    @expose("/<round_code>/<area_code>/<indicator_code>", methods=["PATCH"])
    @may("review")
    def save(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        address = Address(round_code, area_code, indicator_code)
        changes = changes_from_json(address)
        with transaction():
            saved = reviewing.save(address, changes, actor=current_actor(), now=now())
        return _saved_as_json(saved)

    @expose("/<round_code>/<area_code>/<indicator_code>", methods=["POST"])
    @may("review")
    def save_by_form(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        address = Address(round_code, area_code, indicator_code)
        saved, typed = self._save_form(address)
        if saved.errors or saved.conflicts:
            return _refused_page(address, saved, typed)
        notice(gettext("Saved"))
        return see_other(case_url(round_code, area_code, indicator_code, wanted_queue()))

    def _save_form(self, address: Address) -> tuple[Saved, dict[str, object]]:
        changes = changes_from_form(address)
        with transaction():
            saved = reviewing.save(address, changes, actor=current_actor(), now=now())
        return saved, {key: typing.value for key, typing in changes.items()}

    @expose("/<round_code>/<area_code>/<indicator_code>/lock", methods=["POST"])
    @may("review")
    def lock(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Save what was typed, then lock; with something missing the page comes back with the list, and what was typed is kept."""
        address = Address(round_code, area_code, indicator_code)
        if any(name.startswith("version.") for name in request.form) and not self._is_locked(address):
            saved, typed = self._save_form(address)
            if saved.errors or saved.conflicts:
                return _saved_as_json(saved) if wants_json() else _refused_page(address, saved, typed)
        try:
            with transaction():
                review = reviewing.lock(
                    address, seen=whole_number(request.args.get("hand_in", "")), actor=current_actor(), now=now()
                )
                level, locked_at = review.level, review.locked_at
        except IncompleteReview as refusal:
            return self._incomplete(address, refusal)
        except Correctable as refusal:
            if wants_json():
                raise
            notice(sentence(refusal.message), "bad")
            return see_other(case_url(round_code, area_code, indicator_code, wanted_queue()))
        page = full_page(address, around=False)
        said = gettext(
            "%(office)s: level %(level)d is locked. %(beside)s",
            office=in_language(page.case.area.short_name),
            level=level or 0,
            beside=sentence(page.beside_own) if page.beside_own else "",
        )
        following = page.url(page.following) if page.following else None
        if wants_json():
            body = {"locked_at": locked_at.isoformat() if locked_at else None, "level": level, "said": said, "next": following}
            return jsonify(body)
        notice(said)
        return see_other((following if request.form.get("then") == "next" else None) or page.url())

    def _is_locked(self, address: Address) -> bool:
        """Whether the own review was locked before: pressing again must not be refused for what the form carries."""
        mine = full_page(address, around=False).mine
        return mine is not None and mine.is_locked

    def _incomplete(self, address: Address, refusal: IncompleteReview) -> ResponseReturnValue:
        if wants_json():
            items = [{"key": key, "anchor": anchor(key), "text": sentence(said)} for key, said in refusal.items.items()]
            return jsonify(error=sentence(refusal.message), missing=items), refusal.status
        return _drawn("review/case.html", full_page(address, missing=refusal.items)), refusal.status

    @expose("/<round_code>/<area_code>/<indicator_code>/moderation", methods=["POST"])
    @may("review")
    def ask_for_moderation(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """An evaluator who has locked asks for a moderator, with a reason."""
        address = Address(round_code, area_code, indicator_code)
        try:
            with transaction():
                reviewing.ask_for_moderation(address, request.form.get("why", ""), actor=current_actor(), now=now())
        except Correctable as refusal:
            if wants_json():
                raise
            notice(sentence(refusal.message), "bad")
        else:
            notice(gettext("A moderator will decide on this report."))
        return see_other(case_url(round_code, area_code, indicator_code, wanted_queue()))
