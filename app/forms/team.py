"""Orders of an office as they are typed in."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import FileField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from app.forms.fields import ThaiDateField, one_line


class OrderForm(FlaskForm):
    """Number, day and file of an order."""

    number = StringField(_l("Order no."), [DataRequired(), Length(max=60)], filters=[one_line])
    dated_on = ThaiDateField(_l("Date of the order"), [InputRequired()])
    file = FileField(_l("File of the order (PDF or picture)"))


class ActingForm(OrderForm):
    """Who acts for the director, and on which days."""

    person = SelectField(_l("Who acts for the director"), [InputRequired()], coerce=int)
    first_day = ThaiDateField(_l("First day"), [InputRequired()])
    last_day = ThaiDateField(_l("Last day"), [InputRequired()])
