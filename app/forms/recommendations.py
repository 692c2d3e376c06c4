"""What the plan group enters of a recommendation of inspectors."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from app.domain import recommendations
from app.forms.fields import ThaiDateField, lines, obeys, one_line


class RecommendationForm(FlaskForm):
    text = TextAreaField(_l("Recommendation"), [obeys(recommendations.wording)], filters=[lines])
    issue_code = SelectField(_l("Issue"), [Optional()], validate_choice=True)
    concerned = StringField(_l("Whom it concerns"), [Length(max=250)], filters=[one_line])
    received_on = ThaiDateField(_l("Received on"), [DataRequired()])
    due_on = ThaiDateField(_l("Answer due on"), [Optional()])
    owners = SelectMultipleField(
        _l("Responsible"), coerce=int, option_widget=CheckboxInput(), widget=ListWidget(prefix_label=False)
    )
