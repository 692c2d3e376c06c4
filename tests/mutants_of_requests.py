"""Mutants of what stands before a row and a page: whose it is, what a form offers, who sends it, what runs in it, where it leads."""

from __future__ import annotations

from typing import Any

from tests.replacing import nothing, replace, yes

# --- rows of others, and what a form does not offer (T1–T3) --------------------------------------------------------------------


def the_guard_forgets_the_offices() -> None:
    """Rows of every office are read by every office."""
    from app import scope

    replace(scope, "_GUARD", scope._GUARD[2:])


def the_guard_forgets_the_centre() -> None:
    """Reviews, levels and results are read by offices before they are published."""
    from app import scope

    replace(scope, "_GUARD", scope._GUARD[:2])


def foreign_rows_are_written() -> None:
    """What an office writes into rows that are not its own reaches the database."""
    from sqlalchemy import event

    from app import scope
    from app.extensions import GuardedSession

    event.remove(GuardedSession, "before_flush", scope._refuse_foreign)


def every_role_opens_every_screen() -> None:
    """Whoever is signed in opens every screen."""
    from app import permissions

    replace(permissions, "granted", yes)


def every_office_has_its_address() -> None:
    """Whoever types the address of another office's page is there."""
    from app.queries import submission

    replace(submission, "require_visible", lambda actor, found, area: area)


def every_role_does_everything_to_its_rows() -> None:
    """Whoever sees a row does with it whatever there is to do."""
    from app.domain import access

    replace(access, "require", nothing)


def answering_the_mail_is_enough() -> None:
    """Whoever answers the mail has an account of the office that was chosen; nobody agrees."""
    from app.services import registration

    verify = registration.verify

    def verify_and_open(token: str, **given: Any) -> Any:
        return verify(token, **given | {"open_to_all": True})

    replace(registration, "verify", verify_and_open)


def a_registration_says_how_far_it_is() -> None:
    """The state of a request for an account is what its form says."""
    from flask import request

    from app import scope
    from app.extensions import db
    from app.models import Registration
    from app.services import registration

    register = registration.register

    def register_as_it_says(application: Any, **given: Any) -> None:
        register(application, **given)
        with scope.whole_country("a mutant"):
            for row in db.session.query(Registration):
                row.state = request.form.get("state", row.state)
            db.session.flush()

    replace(registration, "register", register_as_it_says)


def forms_write_every_column() -> None:
    """A generated screen writes every column that is sent, offered or not."""
    from flask import request
    from flask_appbuilder.forms import DynamicForm
    from sqlalchemy import String, inspect

    populate = DynamicForm.populate_obj

    def populate_all(form: Any, row: Any) -> None:
        populate(form, row)
        for column in inspect(type(row)).columns:
            if column.key in request.form and isinstance(column.type, String):
                setattr(row, column.key, request.form[column.key])

    DynamicForm.populate_obj = populate_all


def the_profile_takes_what_is_sent() -> None:
    """One's own office is among what one corrects in the profile."""
    from flask import request

    from app.extensions import db
    from app.models import Profile
    from app.services import accounts

    update = accounts.update_profile

    def update_all(*details: Any, actor: Any, now: Any) -> None:
        update(*details, actor=actor, now=now)
        db.session.get_one(Profile, actor.user_id).area_id = request.form.get("area_id", type=int)

    replace(accounts, "update_profile", update_all)


# --- forged requests, scripts, hosts (T7, T8, T14, T15, T23) -------------------------------------------------------------------


def nobody_asks_for_the_token() -> None:
    """A write needs no token of a page of ours."""
    from flask_wtf import CSRFProtect

    CSRFProtect.protect = nothing


def other_sites_write_too() -> None:
    """Nobody asks from which site's page a write was sent."""
    from app import requests

    replace(requests, "_require_own_site", nothing)


def looking_signs_out() -> None:
    """Opening the address at which one signs out signs out."""
    from functools import wraps

    from flask import session

    from app.views.sign_in import SignInView

    logout = SignInView.logout

    @wraps(logout)
    def logout_at_once(view: Any) -> Any:
        session.clear()
        return logout(view)

    replace(SignInView, "logout", logout_at_once)


def texts_are_not_escaped() -> None:
    """Templates put texts of people into a page as they were typed."""
    from flask import Flask

    Flask.select_jinja_autoescape = lambda *_: False  # type: ignore[method-assign]


def scripts_need_no_nonce() -> None:
    """The policy of a page lets every script run that stands in it."""
    from app import headers

    policy = headers._policy
    replace(headers, "_policy", lambda: policy().replace(f"'nonce-{headers.nonce()}'", "'unsafe-inline'"))


def pages_stand_in_frames_of_others() -> None:
    """Another site may show a page of ours in a frame of its own."""
    from app import headers

    add, policy = headers._add_headers, headers._policy
    replace(headers, "_policy", lambda: policy().replace("frame-ancestors 'none'", "frame-ancestors *"))

    def add_but_one(response: Any) -> Any:
        response = add(response)
        response.headers.pop("X-Frame-Options", None)
        return response

    replace(headers, "_add_headers", add_but_one)


def files_may_run_here() -> None:
    """A file of an office is given out with the policy of a page, and browsers may guess what it is."""
    from app import headers
    from app.views import downloads

    replace(downloads, "SANDBOX", "default-src * 'unsafe-inline'")
    add = headers._add_headers

    def add_but_one(response: Any) -> Any:
        response = add(response)
        del response.headers["X-Content-Type-Options"]
        return response

    replace(headers, "_add_headers", add_but_one)


def every_address_is_followed() -> None:
    """After signing in one is led wherever the address of the sign-in page says."""
    from app import requests

    replace(requests, "local_path", lambda url: url)


def every_host_is_ours() -> None:
    """Pages and links are made for whatever host a request names."""
    import config

    settings = config.settings
    replace(config, "settings", lambda *given: settings(*given) | {"TRUSTED_HOSTS": None})


def links_of_mails_work_again() -> None:
    """The link of a mail works as often as it is opened, until it expires."""
    from app.domain.errors import NotFound
    from app.extensions import db
    from app.models import SingleUseLink
    from app.services import links

    find = links.find

    def find_used(token: str, purpose: str, *, secret_key: str, now: Any) -> Any:
        try:
            return find(token, purpose, secret_key=secret_key, now=now)
        except NotFound:
            number = links._serializer(secret_key, purpose).loads(token)
            link = db.session.get(SingleUseLink, number)
            if link is None or link.expires_at <= now:
                raise
            return link

    replace(links, "find", find_used)


def forms_have_no_end() -> None:
    """A form may be as large as its sender likes."""
    import config

    settings = config.settings
    limits = {"MAX_CONTENT_LENGTH": None, "MAX_FORM_MEMORY_SIZE": None}
    replace(config, "settings", lambda *given: settings(*given) | limits)
