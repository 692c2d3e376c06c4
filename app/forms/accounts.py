"""Signing in, asking for an account, passwords, one's own details."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, Length, Optional

from app.domain import passwords, people
from app.domain.api_token import LIFETIMES_DAYS, NAME_MAX_CHARACTERS, USUAL_LIFETIME_DAYS
from app.domain.second_factor import NAME_MAX_CHARACTERS as FACTOR_NAME_MAX
from app.forms.fields import lines, obeys, one_line

EMAIL_RULES = [
    InputRequired(),
    Email(message=_l("Enter an e-mail address such as name@example.go.th")),
    Length(max=254),
]


class SignInForm(FlaskForm):
    email = StringField(_l("E-mail"), [InputRequired(), Length(max=254)])
    password = PasswordField(_l("Password"), [InputRequired(), Length(max=256)])
    remember = BooleanField(_l("Keep me signed in on this device for 7 days"))


class _Details(FlaskForm):
    """What a person says of themselves, on registration and in the profile."""

    full_name = StringField(_l("Full name"), [DataRequired(), Length(max=160)], filters=[one_line])
    personnel_type = SelectField(_l("Personnel type"), [InputRequired()], coerce=int)
    position = StringField(_l("Position"), [DataRequired(), Length(max=160)], filters=[one_line])
    phone = TelField(_l("Telephone"), [InputRequired(), obeys(people.parse_phone)])
    registered_address = TextAreaField(_l("Registered address"), [Optional(), Length(max=500)], filters=[lines])
    current_address = TextAreaField(_l("Current address"), [Optional(), Length(max=500)], filters=[lines])


class RegistrationForm(_Details):
    """The contract's fields. `area` is filled from the type-ahead: a code, or a name that names one office."""

    email = EmailField(_l("E-mail"), EMAIL_RULES)
    area = StringField(_l("Office"), [InputRequired(), Length(max=200)])
    password = PasswordField(_l("Password"), [InputRequired()])
    password_confirm = PasswordField(
        _l("Password once more"), [InputRequired(), EqualTo("password", message=_l("The two passwords differ"))]
    )

    def validate_password(self, field: PasswordField) -> None:
        obeys(lambda password: passwords.check_password(password, email=self.email.data or ""))(self, field)

    def validate_area(self, field: StringField) -> None:
        if not getattr(self, "area_code", None):
            raise ValidationError(field.gettext("Choose an office from the list"))


class ProfileForm(_Details):
    """One's own details; e-mail, office and roles are changed by others. The centre calls back at the telephone: another one needs a proof."""

    phone_password = PasswordField(_l("Your password"), [Optional(), Length(max=256)])


class ForgotPasswordForm(FlaskForm):
    email = StringField(_l("E-mail"), [InputRequired(), Length(max=254)])


class NewPasswordForm(FlaskForm):
    password = PasswordField(_l("New password"), [InputRequired()])
    password_confirm = PasswordField(
        _l("New password once more"), [InputRequired(), EqualTo("password", message=_l("The two passwords differ"))]
    )


class ChangePasswordForm(NewPasswordForm):
    current_password = PasswordField(_l("Current password"), [InputRequired()])


class TokenForm(FlaskForm):
    """A new access token. `form_key` names the form: sent again, it makes no second token."""

    name = StringField(_l("What it is for"), [DataRequired(), Length(max=NAME_MAX_CHARACTERS)], filters=[one_line])
    days = SelectField(
        _l("Works for"),
        [InputRequired()],
        coerce=int,
        choices=[(days, _l("%(days)d days", days=days)) for days in LIFETIMES_DAYS],
        default=USUAL_LIFETIME_DAYS,
    )
    form_key = HiddenField(validators=[Optional(), Length(max=40)])
    token_password = PasswordField(_l("Your password"), [Optional(), Length(max=256)])


class RefusalForm(FlaskForm):
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)], filters=[one_line])


class ConfirmForm(FlaskForm):
    """A button and the token against forged requests."""


class CodeForm(FlaskForm):
    """A code of the app, or a recovery code."""

    code = StringField(_l("Code"), [InputRequired(), Length(max=40)])


class AppForm(FlaskForm):
    """The first code of an app; `sealed` is the secret that the page showed."""

    sealed = HiddenField(validators=[InputRequired(), Length(max=1000)])
    app_code = StringField(_l("The code that the app shows now"), [InputRequired(), Length(max=40)])


class PasskeyForm(FlaskForm):
    """A passkey that the browser made: `credential` is its answer, filled in by the page's script."""

    passkey_name = StringField(_l("Name of the passkey"), [DataRequired(), Length(max=FACTOR_NAME_MAX)], filters=[one_line])
    credential = HiddenField(validators=[InputRequired(), Length(max=20000)])


class ProofForm(FlaskForm):
    """The person at the keyboard is the one who signed in."""

    current_password = PasswordField(_l("Password"), [InputRequired(), Length(max=256)])


class FactorResetForm(FlaskForm):
    reason = StringField(_l("Reason"), [DataRequired(), Length(max=500)], filters=[one_line])
