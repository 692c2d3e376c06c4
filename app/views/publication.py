"""The centre's desk for publishing results: drafting, what all letters say, how far their PDFs are, and letting all go at one moment."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import letter as rules
from app.domain import paging
from app.domain.errors import Correctable, NotFound
from app.domain.publishing import EDITABLE
from app.domain.thai import search_key, whole_number
from app.errors import sentence
from app.extensions import db, transaction
from app.forms.publication import ReleaseForm, SettingsForm
from app.models import Dataset, Publication, Round
from app.queries import dataset as datasets
from app.queries import publication as publications
from app.queries import round as rounds
from app.scope import current_actor
from app.services import announcing, drafting
from app.services import datasets as freezing
from app.services.announcing import Checked, Terms
from app.services.drafting import Settings
from app.signing import signer
from app.views.base import Screen, expose, may, notice, page_number, request, see_other

LETTERS_A_PAGE = 50
# What the list of letters can be narrowed to.
SHOWS = ("", "faulty", "waiting", "held")


def publication_page(found: Publication) -> str:
    return url_for("PublicationView.one", round_code=found.round.code, publication_number=found.number)


def _fits(one: Checked, show: str, key: str) -> bool:
    letter = one.letter
    wanted = {
        "": True,
        "faulty": bool(one.faults),
        "waiting": not letter.held and letter.state != "made",
        "held": letter.held,
    }[show]
    return wanted and key in search_key(
        f"{letter.area.short_th} {letter.area.name_th} {letter.area.code} {letter.letter_number}"
    )


class PublicationView(Screen):
    """Moderators and analysts look on; the centre writes."""

    route_base = "/publication"
    class_permission_name = "publication"

    @expose("/")
    @may("read")
    def home(self) -> ResponseReturnValue:
        """The desk of the round whose results come next: the one in review, else the latest that was published."""
        real = [row for row in rounds.all_active() if not row.is_rehearsal]
        found = max(real, key=lambda row: (row.stage == "review", row.stage == "published"), default=None)
        if found is None:
            raise NotFound
        return see_other(url_for("PublicationView.desk", round_code=found.code))

    @expose("/<round_code>/")
    @may("read")
    def desk(self, round_code: str) -> ResponseReturnValue:
        """What was published of a round, what is drafted, and the next publication."""
        return self._desk(rounds.find_real(round_code))

    def _desk(self, found: Round, problem: str = "") -> str:
        frozen = datasets.all_of(found.id)
        return render_template(
            "publication/desk.html",
            round=found,
            datasets=frozen,
            publications=publications.all_of(found.id),
            unfinished=publications.unfinished(found.id, now()),
            still=publications.still_open(found.id),
            can_draft=found.stage in drafting.PUBLISHES_IN,
            proposals=drafting.propose(frozen[0]) if frozen and publications.has_release(found.id) else [],
            why_names=drafting.WHY_NAMES,
            problem=problem,
        )

    @expose("/<round_code>/draft", methods=["POST"])
    @may("publish")
    def draft(self, round_code: str) -> ResponseReturnValue:
        """Draft a publication over a dataset, or over one that is frozen now."""
        rounds.find_real(round_code)
        wanted = request.form.get("dataset", "")
        try:
            with transaction():
                row = self._dataset(round_code, wanted)
                number = drafting.draft(row, actor=current_actor(), now=now()).number
        except Correctable as refusal:
            return self._desk(rounds.find_real(round_code), sentence(refusal.message)), refusal.status
        notice(gettext("Publication %(number)d is drafted. Say now what all letters say.", number=number))
        return see_other(url_for("PublicationView.ask_settings", round_code=round_code, publication_number=number))

    def _dataset(self, round_code: str, wanted: str) -> Dataset:
        number = whole_number(wanted, most_digits=5)
        if number is not None:
            return datasets.find(round_code, number)
        note = gettext("for a publication")
        return freezing.freeze(round_code, note, actor=current_actor(), now=now(), signer=signer())

    # --- one publication -------------------------------------------------------------------------------------------------------

    @expose("/<round_code>/<row:publication_number>/")
    @may("read")
    def one(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        """All letters with their faults."""
        return self._one(publications.find(round_code, publication_number))

    def _one(self, found: Publication, problem: str = "") -> str:
        checked = announcing.check(found)
        show = request.args.get("show", "")
        show = show if show in SHOWS else ""
        q = request.args.get("q", "")[:100]
        fitting = [one for one in checked if _fits(one, show, search_key(q))]
        page = paging.within(page_number(), len(fitting), LETTERS_A_PAGE)
        return render_template(
            "publication/one.html",
            round=found.round,
            publication=found,
            editable=found.state in EDITABLE,
            progress=publications.progress(found.id),
            lacking=announcing.lacking(found),
            left_out=publications.offices_without_result(found),
            letters=fitting[(page - 1) * LETTERS_A_PAGE : page * LETTERS_A_PAGE],
            fitting=len(fitting),
            page=page,
            pages=paging.pages(len(fitting), LETTERS_A_PAGE),
            show=show,
            q=q,
            counts={key: sum(_fits(one, key, "") for one in checked) for key in SHOWS},
            numbers=self._numbers(checked),
            fault_names=rules.FAULT_NAMES,
            most_pages=rules.MOST_PAGES,
            has_come=found.release_at is not None and found.release_at <= now(),
            problem=problem,
        )

    @staticmethod
    def _numbers(checked: list[Checked]) -> tuple[str, str] | None:
        given = [one.letter.letter_number for one in checked if one.letter.letter_number and not one.letter.held]
        return (given[0], given[-1]) if given else None

    @expose("/<round_code>/<row:publication_number>/progress")
    @may("read")
    def progress(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        """How far the PDFs are, for the page that waits for them."""
        response = jsonify(asdict(publications.progress(publications.find(round_code, publication_number).id)))
        response.headers["Cache-Control"] = "no-store"
        return response

    @expose("/<round_code>/<row:publication_number>/settings")
    @may("publish")
    def ask_settings(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        found = publications.find(round_code, publication_number)
        return self._settings(found, SettingsForm(obj=found))

    def _settings(self, found: Publication, form: SettingsForm, problem: str = "") -> str:
        form.shows(drafting.settings_seen(found))
        return render_template(
            "publication/settings.html",
            round=found.round,
            publication=found,
            form=form,
            editable=found.state in EDITABLE,
            letters=publications.progress(found.id).all,
            problem=problem,
        )

    @expose("/<round_code>/<row:publication_number>/settings", methods=["POST"])
    @may("publish")
    def settings(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        found, form = publications.find(round_code, publication_number), SettingsForm()
        if not form.validate_on_submit():
            return self._settings(found, form), 422
        given: dict[str, Any] = {field.name: getattr(form, field.name).data for field in fields(Settings)}
        texts = {name: value or "" for name, value in given.items() if name not in _NOT_TEXT}
        try:
            with transaction():
                drafting.set_up(
                    found.id, Settings(**(given | texts)), actor=current_actor(), now=now(), seen=form.seen.data or None
                )
        except Correctable as refusal:
            return self._settings(
                publications.find(round_code, publication_number), form, sentence(refusal.message)
            ), refusal.status
        notice(gettext("Saved. Letters that say something else now are made again."))
        return see_other(publication_page(found))

    @expose("/<round_code>/<row:publication_number>/discard", methods=["POST"])
    @may("publish")
    def discard(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        found = publications.find(round_code, publication_number)
        return self._do(found, lambda: drafting.discard(found.id, actor=current_actor(), now=now()), self._after_discard)

    @staticmethod
    def _after_discard(found: Publication) -> ResponseReturnValue:
        notice(gettext("Publication %(number)d was discarded; its figures stay frozen.", number=found.number))
        return see_other(url_for("PublicationView.desk", round_code=found.round.code))

    def _do(self, found: Publication, deed: Any, after: Any) -> ResponseReturnValue:
        try:
            with transaction():
                deed()
        except Correctable as refusal:
            again = publications.find(found.round.code, found.number)
            return self._one(again, sentence(refusal.message)), refusal.status
        return after(found)

    # --- letting go --------------------------------------------------------------------------------------------------------------

    @expose("/<round_code>/<row:publication_number>/release")
    @may("publish")
    def ask_release(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        """What a release would do, and what hinders it."""
        return self._release(publications.find(round_code, publication_number), ReleaseForm())

    def _release(self, found: Publication, form: ReleaseForm, problem: str = "") -> str:
        checked, lacking = announcing.check(found), announcing.lacking(found)
        form.seen.data = lacking.seen
        return render_template(
            "publication/release.html",
            round=found.round,
            publication=found,
            form=form,
            editable=found.state in EDITABLE,
            going=sum(not one.letter.held for one in checked),
            held=[one.letter for one in checked if one.letter.held],
            not_ready=sum(not one.is_ready for one in checked),
            faulty=sum(bool(one.faults) for one in checked),
            numbers=self._numbers(checked),
            people=len(publications.people_to_tell(found.id)),
            lacking=lacking,
            left_out=publications.offices_without_result(found),
            problem=problem,
        )

    @expose("/<round_code>/<row:publication_number>/release", methods=["POST"])
    @may("publish")
    def release(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        found, form = publications.find(round_code, publication_number), ReleaseForm()
        if not form.validate_on_submit():
            return self._release(found, form), 422
        terms = Terms(form.release_at.data, bool(form.accepts_lacking.data), form.reason.data or "", form.seen.data or "")
        try:
            with transaction():
                announcing.release(found.id, terms, actor=current_actor(), now=now())
        except Correctable as refusal:
            db.session.rollback()
            return self._release(
                publications.find(round_code, publication_number), form, sentence(refusal.message)
            ), refusal.status
        notice(gettext("Publication %(number)d is released.", number=found.number))
        return see_other(publication_page(found))

    @expose("/<round_code>/<row:publication_number>/withdraw", methods=["POST"])
    @may("publish")
    def withdraw(self, round_code: str, publication_number: int) -> ResponseReturnValue:
        found, reason = publications.find(round_code, publication_number), request.form.get("reason", "")
        return self._do(
            found, lambda: announcing.withdraw(found.id, reason, actor=current_actor(), now=now()), self._after_withdrawal
        )

    @staticmethod
    def _after_withdrawal(found: Publication) -> ResponseReturnValue:
        notice(gettext("Taken back: nothing of it is published. It is a draft again."))
        return see_other(publication_page(found))


_NOT_TEXT = ("first_number", "dated_on", "appeals_from", "appeals_until", "answer_days")
