"""One letter of a publication: its PDF, its own texts, holding it back."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.clock import now
from app.domain import letter as rules
from app.domain.errors import Correctable
from app.domain.publishing import EDITABLE
from app.errors import sentence
from app.extensions import transaction
from app.forms.publication import LetterForm
from app.models import Letter, Publication
from app.queries import dataset as datasets
from app.queries import publication as publications
from app.scope import current_actor
from app.services import announcing, drafting, letters
from app.storage import evidence_store
from app.views.base import Screen, expose, may, notice, request, see_other

_ADDRESS = "/<round_code>/<row:publication_number>/letters/<area_code>"


class LetterView(Screen):
    """Moderators and analysts look on; the centre writes."""

    route_base = "/publication"
    class_permission_name = "publication"

    @expose(_ADDRESS)
    @may("read")
    def one(self, round_code: str, publication_number: int, area_code: str) -> ResponseReturnValue:
        found = publications.find(round_code, publication_number)
        letter = publications.letter_of(found.id, area_code)
        return self._one(found, letter, LetterForm(obj=letter))

    def _one(self, found: Publication, letter: Letter, form: LetterForm, problem: str = "") -> str:
        form.shows(drafting.texts_seen(letter))
        checked = announcing.check(found)
        at = next(place for place, one in enumerate(checked) if one.letter.id == letter.id)
        rows = datasets.rows_of(found.dataset_id, area_ids=[letter.area_id])
        return render_template(
            "publication/letter.html",
            round=found.round,
            publication=found,
            letter=letter,
            form=form,
            editable=found.state in EDITABLE,
            faults=checked[at].faults,
            fault_names=rules.FAULT_NAMES,
            most_pages=rules.MOST_PAGES,
            results=letters.results(rows, datasets.indicators_of(found.round_id)),
            before=checked[at - 1].letter if at else None,
            after=checked[at + 1].letter if at + 1 < len(checked) else None,
            problem=problem,
        )

    @expose(_ADDRESS, methods=["POST"])
    @may("publish")
    def edit(self, round_code: str, publication_number: int, area_code: str) -> ResponseReturnValue:
        found, form = publications.find(round_code, publication_number), LetterForm()
        if not form.validate_on_submit():
            return self._one(found, publications.letter_of(found.id, area_code), form), 422
        texts = (form.strengths.data or "", form.improvements.data or "")
        return self._do(
            found,
            area_code,
            lambda: drafting.edit(found.id, area_code, texts, actor=current_actor(), now=now(), seen=form.seen.data or None),
            gettext("Saved. The letter is made again."),
        )

    @expose(f"{_ADDRESS}/hold", methods=["POST"])
    @may("publish")
    def hold(self, round_code: str, publication_number: int, area_code: str) -> ResponseReturnValue:
        found, reason = publications.find(round_code, publication_number), request.form.get("reason", "")[:500]
        return self._do(
            found,
            area_code,
            lambda: drafting.hold_back(found.id, area_code, reason, actor=current_actor(), now=now()),
            gettext("The letter is held back."),
        )

    @expose(f"{_ADDRESS}/include", methods=["POST"])
    @may("publish")
    def include(self, round_code: str, publication_number: int, area_code: str) -> ResponseReturnValue:
        found = publications.find(round_code, publication_number)
        return self._do(
            found,
            area_code,
            lambda: drafting.include(found.id, area_code, actor=current_actor(), now=now()),
            gettext("The letter is included again."),
        )

    def _do(self, found: Publication, area_code: str, deed: Callable[[], object], said: str) -> ResponseReturnValue:
        try:
            with transaction():
                deed()
        except Correctable as refusal:
            again = publications.find(found.round.code, found.number)
            letter = publications.letter_of(again.id, area_code)
            form = LetterForm() if request.endpoint == "LetterView.edit" else LetterForm(formdata=None, obj=letter)
            return self._one(again, letter, form, sentence(refusal.message)), refusal.status
        notice(said)
        return see_other(
            url_for("LetterView.one", round_code=found.round.code, publication_number=found.number, area_code=area_code)
        )

    @expose(f"{_ADDRESS}.pdf")
    @may("read")
    def document(self, round_code: str, publication_number: int, area_code: str) -> ResponseReturnValue:
        """The PDF as it would go out; shown in the browser's own viewer."""
        found = publications.find(round_code, publication_number)
        letter = publications.letter_of(found.id, area_code)
        file = letters.open_pdf(letter, evidence_store())
        name = letters.file_name(letter, found)
        response: Response = send_file(file, mimetype="application/pdf", download_name=name, as_attachment=False)
        response.headers["Cache-Control"] = "private, no-store"
        return response
