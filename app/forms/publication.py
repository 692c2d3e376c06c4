"""Publishing results: freezing figures, what all letters say, one office's letter, letting go."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from app.forms.fields import ThaiDateField, ThaiMomentField, WholeNumberField, lines, one_line

_NUMERIC = {"inputmode": "numeric"}


class FreezeForm(FlaskForm):
    """A new dataset."""

    note = StringField(_l("What it is frozen for"), [Optional(), Length(max=300)], filters=[one_line])


class AsOfForm(FlaskForm):
    """A moment at which figures are looked at; asked for in the address."""

    class Meta:
        csrf = False

    at = ThaiMomentField(_l("Date and time"), [InputRequired()])


class SeenForm(FlaskForm):
    """Carries what it showed, so that two people never overwrite each other unseen."""

    seen = HiddenField()

    def shows(self, stands: str) -> None:
        """Say what stands now, but where the form comes back to be mended: then it was seen when it was opened."""
        if not (self.errors and self.seen.data):
            self.seen.data = stands


class SettingsForm(SeenForm):
    """What all letters say alike."""

    number_prefix = StringField(_l("Number: what stands before"), [Optional(), Length(max=40)], filters=[one_line])
    first_number = WholeNumberField(
        _l("First number"), [Optional(), NumberRange(min=1, max=9_999_999)], widget=TextInput(), render_kw=_NUMERIC
    )
    dated_on = ThaiDateField(_l("Date of the letter"), [Optional()])
    subject = TextAreaField(_l("Subject"), [Optional(), Length(max=500)], filters=[one_line])
    opening = TextAreaField(_l("First paragraph"), [Optional(), Length(max=2000)], filters=[lines])
    closing = TextAreaField(_l("Last paragraph"), [Optional(), Length(max=1000)], filters=[lines])
    signatory_name = StringField(_l("Signatory"), [Optional(), Length(max=160)], filters=[one_line])
    signatory_position = StringField(_l("Position of the signatory"), [Optional(), Length(max=200)], filters=[one_line])
    contact = TextAreaField(_l("Contact, at the foot"), [Optional(), Length(max=300)], filters=[lines])
    appeals_from = ThaiDateField(_l("Questions and appeals from"), [Optional()])
    appeals_until = ThaiDateField(_l("until (that day included)"), [Optional()])
    answer_days = WholeNumberField(
        _l("Working days to answer"), [InputRequired(), NumberRange(min=1, max=120)], widget=TextInput(), render_kw=_NUMERIC
    )


class LetterForm(SeenForm):
    """What is the office's own in its letter, one line for each point."""

    strengths = TextAreaField(_l("Strengths"), [Optional(), Length(max=2000)], filters=[lines])
    improvements = TextAreaField(_l("What to improve"), [Optional(), Length(max=2000)], filters=[lines])


class ReleaseForm(FlaskForm):
    """The moment of a release, and that results may be missing."""

    release_at = ThaiMomentField(_l("Moment of publication"), [Optional()])
    accepts_lacking = BooleanField(_l("Publish although these have no result"))
    reason = TextAreaField(_l("Why they may be missing"), [Optional(), Length(max=500)], filters=[lines])
    seen = HiddenField()
