"""The plan of a review, sharing out, handing over, conflicts, what is returned, a moderator's decision."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional
from wtforms.widgets import TextInput

from app.domain.reviewing import MOST_TEXT
from app.forms.fields import ThaiDateField, ThaiMomentField, WholeNumberField, lines

_NUMBER = {"widget": TextInput(), "render_kw": {"inputmode": "numeric"}}


class PlanForm(FlaskForm):
    """How a round is reviewed."""

    evaluators_per_report = WholeNumberField(_l("Evaluators per report"), [InputRequired()], **_NUMBER)
    moderation_gap = WholeNumberField(_l("Gap, in levels, from which a moderator decides"), [InputRequired()], **_NUMBER)
    smallest_group = WholeNumberField(_l("Smallest group whose mean offices see"), [InputRequired()], **_NUMBER)
    due_on = ThaiDateField(_l("Review done by"), [Optional()])


class ShareForm(FlaskForm):
    """Which reports go to whom. The filter of offices comes with the board's names."""

    evaluators = SelectMultipleField(_l("Evaluators"), coerce=int)
    codes = SelectMultipleField(_l("Indicators"))
    together = SelectField(_l("Keep with one evaluator"), [InputRequired()])


class HandOverForm(FlaskForm):
    """Reviews that go from one evaluator to another."""

    giver = SelectField(_l("From"), [InputRequired()], coerce=int)
    taker = SelectField(_l("To"), [InputRequired()], coerce=int)
    most = WholeNumberField(_l("At most so many"), [Optional(), NumberRange(min=1)], **_NUMBER)


class InterestForm(FlaskForm):
    """An office that somebody must not review. `area` is filled from the type-ahead."""

    person = SelectField(_l("Evaluator"), [Optional()], coerce=int, validate_choice=False)
    area = StringField(_l("Office"), [InputRequired(), Length(max=200)])
    reason = TextAreaField(_l("What the conflict is"), [InputRequired(), Length(max=500)], filters=[lines])


class ReturnForm(FlaskForm):
    """Until when points are to be mended; the points themselves are boxes of the page, one for each that the report has."""

    due_at = ThaiMomentField(_l("To be mended by"), [InputRequired()])


class DecisionForm(FlaskForm):
    """A moderator's level with its reason, and what the office will read."""

    level = RadioField(_l("Level"), [InputRequired()], coerce=int)
    reason = TextAreaField(_l("Reason (for the centre)"), [InputRequired(), Length(max=MOST_TEXT)], filters=[lines])
    comment = TextAreaField(
        _l("Comment to the office (they will read it)"), [Optional(), Length(max=MOST_TEXT)], filters=[lines]
    )
