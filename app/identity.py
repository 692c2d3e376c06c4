"""Who is signed in: sessions that can be ended, the framework's security manager with our table of permissions, the actor."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from flask import (
    Flask,
    Request,
    Response,
    abort,
    current_app,
    g,
    redirect,
    request,
    session,
    url_for,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.typing import ResponseReturnValue
from flask_appbuilder import AppBuilder
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_appbuilder.security.sqla.models import User
from flask_login import AnonymousUserMixin, current_user
from sqlalchemy import update

from app import permissions, scope
from app.clock import now
from app.domain.access import COUNTRY_DUTIES, Actor, Duty
from app.domain.audience import Reader
from app.domain.people import normal_email
from app.domain.second_factor import is_required
from app.extensions import db, transaction
from app.models import UserSession
from app.queries import account as accounts
from app.requests import is_api, wanted_page, wants_json
from app.services import sign_in
from app.services.reporting import Reporter

SESSION_KEY = "sid"
# What was begun in this browser and is half done: a token for `services.sign_in_steps`, which gives no rights.
STEP_KEY = "step"
# What is asked about the process itself, whether or not there is a database.
FOR_MACHINES = {"OperationView.live", "OperationView.ready", "OperationView.metrics"}
# All that somebody may do who must set up a second factor first.
WITHOUT_FACTOR = {
    *(
        "SignInView.login",
        "SignInView.logout",
        "SignInView.state",
        "PublicView.language",
        "PublicView.contact",
        "PublicView.privacy",
    ),
    *("FactorView.factors", "FactorView.app", "FactorView.passkey_options", "FactorView.add_passkey", "FactorView.prove"),
}
log = logging.getLogger(__name__)


class Cookies(SecureCookieSessionInterface):
    """Sessions in a signed cookie. Of a request to the API the cookie is not read, and none is set."""

    digest_method = staticmethod(hashlib.sha256)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return self.session_class() if is_api(request.path) else super().open_session(app, request)


class EmesSecurityManager(SecurityManager):
    """The framework's manager, asking our table of permissions and our sessions."""

    def load_user(self, pk: str) -> User | None:
        """The user behind a cookie, in one statement; nobody once the session was ended, idle too long, or the user deactivated."""
        token = session.get(SESSION_KEY)
        if not isinstance(token, str):
            return None
        moment = now()
        found = accounts.living_session(sign_in.token_hash(token), moment)
        if found is None or not found.user.active or str(found.user_id) != str(pk):
            return None
        idle = moment - found.last_seen_at
        if idle > sign_in.IDLE_LIMIT and not found.remembered:
            return None
        g.session_id = found.id
        g.session_factor, g.session_proved_at = found.factor, found.proved_at
        g.unread_notices = found.unread_notices or 0
        g.session_seen = idle > sign_in.SEEN_INTERVAL
        return found.user

    def get_user_roles(self, user: User) -> list[Any]:
        """Roles of a person; groups are not used here and cost a statement."""
        return list(user.roles) if user.is_authenticated else []

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """The table of `app.permissions`, without a statement."""
        if not current_user.is_authenticated:
            return False
        return permissions.granted([role.name for role in current_user.roles], permission_name, view_name)

    def is_item_public(self, permission_name: str, view_name: str) -> bool:
        """Public pages are plain handlers; nothing is granted to strangers through the framework."""
        return False

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """The framework's own menu is not shown."""
        return set()


def actor_of(user: User) -> Actor:
    """The actor a signed-in person is."""
    duties = frozenset(Duty(role.name) for role in user.roles if role.name in set(Duty))
    profile = user.profile
    area_ids = frozenset({profile.area_id}) if profile and profile.area_id else frozenset()
    return Actor(
        user_id=user.id,
        duties=duties,
        area_ids=area_ids,
        name=profile.full_name if profile else user.get_full_name(),
        sees_all_areas=bool(duties & COUNTRY_DUTIES) and not area_ids,
    )


def reader() -> Reader:
    """As whom the signed-in person, or a stranger, reads what is published."""
    if not current_user.is_authenticated:
        return Reader()
    actor, area = actor_of(current_user), current_user.profile.area if current_user.profile else None
    return Reader(
        signed_in=True,
        kind=area.kind if area else "",
        region=area.region if area else "",
        sees_all_areas=actor.sees_all_areas,
        is_centre=actor.has(Duty.CENTRAL, Duty.ADMIN),
    )


def reporter() -> Reporter:
    """The details with which the signed-in person's reports are begun."""
    profile = current_user.profile
    return Reporter(profile.full_name, profile.position, profile.phone) if profile else Reporter("", "", "")


def browser() -> sign_in.Browser:
    """Where this request comes from."""
    return sign_in.Browser(request.remote_addr or "", request.user_agent.string)


def must_set_up() -> bool:
    """Whether the signed-in person's role asks for a second factor that this session did not give."""
    if not current_user.is_authenticated or g.get("session_factor"):
        return False
    return is_required((role.name for role in current_user.roles), current_app.config["EMES_SECOND_FACTOR"])


def open_session(user_id: int, *, remember: bool, factor: str = "") -> None:
    """Sign this browser in, inside a transaction. What the cookie held before is forgotten, and the session that it named ends."""
    if isinstance(before := session.get(SESSION_KEY), str):
        sign_in.end_session(sign_in.token_hash(before), now=now())
    token = sign_in.begin_session(user_id, browser=browser(), remember=remember, now=now(), factor=factor)
    session.clear()
    session[SESSION_KEY] = token
    session.permanent = remember
    session["_user_id"] = str(user_id)
    log.info("signed in, account %s", user_id)


def log_refused_sign_in(email: str) -> None:
    """For whoever watches: a password that was not right, by the number of the account, if there is one. Asked for known and unknown
    mailboxes alike, so that time tells nothing."""
    user = accounts.user_by_email(normal_email(email))
    log.info("sign-in refused, account %s", user.id if user else "none")


def appbuilder_of_app() -> AppBuilder:
    """The framework as it is bound to the running application."""
    found: AppBuilder = current_app.extensions["appbuilder"]
    return found


def _name_the_actor() -> None:
    """Before anything else: who acts in this request. Pages of strangers run as nobody."""
    if request.endpoint in (None, "static", "appbuilder.static"):
        scope.begin_request(scope.NOBODY)
        return
    if request.endpoint in FOR_MACHINES:
        g._login_user = AnonymousUserMixin()  # a cookie sent along must not ask the database
        scope.begin_request(scope.NOBODY)
        return
    scope.begin_request(actor_of(current_user) if current_user.is_authenticated else scope.NOBODY)


def _guard_screen() -> ResponseReturnValue | None:
    """Strangers go to the sign-in page and come back; a screen beyond one's role is 403. Runs before a body is read."""
    handler = current_app.view_functions.get(request.endpoint or "")
    view = getattr(handler, "__self__", None)
    name = getattr(handler, "_permission_name", None)
    if view is None or name is None:
        return None
    if not current_user.is_authenticated:
        if wants_json():
            abort(401)
        return redirect(url_for("SignInView.login", next=wanted_page()))
    permission = f"can_{name}"
    if not appbuilder_of_app().sm.has_access(permission, view.class_permission_name):
        log.warning("denied %s on %s to user %s", permission, view.class_permission_name, current_user.id)
        abort(403)
    return None


def _lead_to_set_up() -> ResponseReturnValue | None:
    """Whoever must have a second factor and has none sets it up, and does nothing else before."""
    if request.endpoint in (None, "static", "appbuilder.static") or request.endpoint in FOR_MACHINES | WITHOUT_FACTOR:
        return None
    if is_api(request.path) or not must_set_up():
        return None
    if wants_json():
        abort(403)
    return redirect(url_for("FactorView.factors", next=wanted_page()))


def _note_seen(response: Response) -> Response:
    """Every few minutes, note that a session is in use."""
    if g.pop("session_seen", False) and response.status_code < 500:
        with transaction():
            db.session.execute(update(UserSession).where(UserSession.id == g.session_id).values(last_seen_at=now()))
    return response


def init_app(app: Flask) -> None:
    """Order matters: the actor, then the screen's guard, then (in the libraries) the token against forged requests."""
    app.session_interface = Cookies()
    app.before_request(_name_the_actor)
    app.before_request(_guard_screen)
    app.before_request(_lead_to_set_up)
    app.after_request(_note_seen)
