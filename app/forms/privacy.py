"""What people ask for about their own data, and the answer."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from app.domain.privacy import WISH_NAMES, Wish
from app.forms.fields import lines

MOST_CHARACTERS = 2000


class WishForm(FlaskForm):
    """One wish. `form_key` lets a form that is sent twice ask once."""

    kind = RadioField(
        _l("What I ask for"), [InputRequired()], choices=[(str(kind), _l(name)) for kind, name in WISH_NAMES.items()]
    )
    text = TextAreaField(_l("What it is about"), [Optional(), Length(max=MOST_CHARACTERS)], filters=[lines])
    form_key = HiddenField(validators=[InputRequired(), Length(max=40)])

    @property
    def wish(self) -> Wish:
        return Wish(self.kind.data)


class AnswerForm(FlaskForm):
    """The centre's answer, which the person reads."""

    text = TextAreaField(_l("Answer to the person"), [InputRequired(), Length(max=MOST_CHARACTERS)], filters=[lines])
