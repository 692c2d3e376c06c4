"""Steps in the life of a round, and rounds made from rounds."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, Optional
from wtforms.widgets import TextInput

from app.domain.round_copy import MONTHS
from app.forms.fields import ThaiMomentField, WholeNumberField, lines, one_line


class StepForm(FlaskForm):
    """What goes with a step; the page shows the boxes that the step asks for."""

    until = ThaiMomentField(_l("New closing"), [Optional()])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=500)], filters=[lines])
    by_mail = BooleanField(_l("Tell the offices by e-mail too"), default=True)


class CloneForm(FlaskForm):
    """The next round: which year and length, its dates, and which parts of which rounds it asks."""

    fiscal_year_be = WholeNumberField(
        _l("Fiscal year"), [InputRequired()], widget=TextInput(), render_kw={"inputmode": "numeric"}
    )
    months = SelectField(_l("Months"), [InputRequired()], coerce=int, choices=list(MONTHS.items()))
    name_th = StringField(_l("Name (Thai)"), [DataRequired(), Length(max=120)], filters=[one_line])
    name_en = StringField(_l("Name (English)"), [DataRequired(), Length(max=120)], filters=[one_line])
    opens_at = ThaiMomentField(_l("Opens"), [InputRequired()])
    reminds_at = ThaiMomentField(_l("Reminder"), [Optional()])
    due_at = ThaiMomentField(_l("Deadline"), [Optional()])
    closes_at = ThaiMomentField(_l("Closes"), [InputRequired()])
    parts = SelectMultipleField(_l("Parts"), [DataRequired()], coerce=int)
