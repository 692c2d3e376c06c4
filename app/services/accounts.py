"""Accounts that exist: making one, passwords, one's own details, roles and office."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, select, update
from sqlalchemy.sql.elements import ColumnElement
from werkzeug.security import check_password_hash, generate_password_hash

from app.domain import passwords, people
from app.domain.access import COUNTRY, COUNTRY_DUTIES, OFFICE_DUTIES, Action, Actor, Duty, require
from app.domain.errors import N_, NotAllowed, NotFound, Refused
from app.extensions import db
from app.models import OutboxMessage, Profile, SsoIdentity
from app.queries import account as accounts
from app.services import api_tokens, links, notices, record, sign_in


class WrongPassword(Refused):
    """The current password that was given is another."""


def new_user(email: str, full_name: str, *, password_hash: str, duties: list[Duty], area_id: int | None) -> User:
    """A user with profile and roles, added to the session. Raises Refused when duties and office do not go together."""
    require_fitting(duties, area_id)
    first_name, _, last_name = full_name.partition(" ")
    user = User(
        username=people.normal_email(email)[:128],
        email=people.normal_email(email),
        first_name=first_name[:64],
        last_name=last_name[:64] or "-",
        password=password_hash,
        active=True,
    )
    user.roles = accounts.roles_by_name([str(duty) for duty in duties])
    user.profile = Profile(full_name=full_name, area_id=area_id)
    db.session.add(user)
    return user


def require_fitting(duties: list[Duty], area_id: int | None) -> None:
    """Duties of an office need an office; duties of the centre have none. Nobody has both."""
    chosen = set(duties)
    if not chosen:
        raise Refused(N_("Choose at least one role"))
    if chosen & OFFICE_DUTIES and chosen & COUNTRY_DUTIES:
        raise Refused(N_("A person has either roles of an office or roles of the centre, not both"))
    if chosen & OFFICE_DUTIES and area_id is None:
        raise Refused(N_("Choose the office for this role"))
    if chosen & COUNTRY_DUTIES and area_id is not None:
        raise Refused(N_("Roles of the centre have no office: leave it empty"))


def request_reset(email: str, *, now: datetime) -> None:
    """Mail a single-use link, if the mailbox has an account. The old password works until a new one is set."""
    user = accounts.user_by_email(people.normal_email(email))
    if user is None or not user.active:
        return
    link = links.create("reset", now=now, user_id=user.id)
    record.mail(user.email, "reset", now=now, dedupe_key=f"reset:{link.id}", link=str(link.id), purpose="reset")


def reset_password(token: str, password: str, *, secret_key: str, now: datetime) -> User:
    """Set a new password with a link; ends every session, access token and pause of the account."""
    link = links.find(token, "reset", secret_key=secret_key, now=now)
    user = accounts.user_by_id(link.user_id) if link.user_id else None
    if user is None or not user.active:
        raise NotFound
    passwords.check_password(password, email=user.email)
    link.used_at = now
    _set_password(user, password, now=now)
    return user


def change_password(user_id: int, current: str, password: str, *, actor: Actor, keep: str, now: datetime) -> None:
    """Change one's own password, knowing the current one; other browsers are signed out, access tokens end."""
    user = accounts.user_by_id(user_id)
    if user is None or actor.user_id != user_id:
        raise NotAllowed
    if not check_password_hash(user.password or "", current):
        raise WrongPassword(N_("The current password is not right"))
    passwords.check_password(password, email=user.email)
    _set_password(user, password, now=now, keep=keep)


def _set_password(user: User, password: str, *, now: datetime, keep: str | None = None) -> None:
    user.password = generate_password_hash(password)
    links.end_all(now=now, user_id=user.id)
    sign_in.end_sessions(user.id, now=now, but=keep)
    sign_in.forget_failures(user.email)
    own = Actor(user.id, name=user.profile.full_name if user.profile else "")
    api_tokens.revoke_all(user, actor=own, now=now)
    record.change(own, f"user:{user.id}", "password", now=now)
    record.mail(
        user.email,
        "password_changed",
        now=now,
        dedupe_key=f"password:{user.id}:{now.isoformat()}",
        changed_at=now.isoformat(),
    )


def update_profile(details: dict[str, str], personnel_type_id: int | None, *, actor: Actor, now: datetime) -> None:
    """Correct one's own details. The office and the roles are not among them."""
    profile = db.session.get(Profile, actor.user_id)
    if profile is None:
        raise NotFound
    for name in ("full_name", "position", "phone", "registered_address", "current_address"):
        if details[name] != getattr(profile, name):
            record.change(actor, f"user:{profile.user_id}", f"profile.{name}", now=now, area_id=profile.area_id)
            setattr(profile, name, details[name])
    profile.personnel_type_id = personnel_type_id


def mail_bounces(address: str, *, now: datetime) -> None:
    """Note that mail to this address is refused, on the profile of whoever has it."""
    _mark_address(address, Profile.mail_bounced_at.is_(None), now)


def mail_arrives(address: str) -> None:
    """Note that mail to this address arrives."""
    _mark_address(address, Profile.mail_bounced_at.is_not(None), None)


def _mark_address(address: str, where: ColumnElement[bool], value: datetime | None) -> None:
    owner = select(User.id).where(func.lower(User.email) == people.normal_email(address))
    db.session.execute(update(Profile).where(Profile.user_id.in_(owner), where).values(mail_bounced_at=value))


def mail_works_again(*, actor: Actor, now: datetime) -> None:
    """The person says that the own mailbox takes mail again; the next refusal marks it anew."""
    profile = db.session.get(Profile, actor.user_id)
    if profile is None:
        raise NotFound
    if profile.mail_bounced_at is not None:
        profile.mail_bounced_at = None
        record.change(actor, f"user:{profile.user_id}", "mail works", now=now, area_id=profile.area_id)


def change_email(profile: Profile, address: str, *, actor: Actor, now: datetime) -> None:
    """Correct a person's address, which is also the name to sign in with: tells the old one, and signs the person out everywhere.

    Raises Refused for what is no address or is taken, NotAllowed for an administrator's without being one."""
    wanted, user = people.normal_email(address), profile.user
    before = people.normal_email(user.email)
    if wanted == before:
        return
    people.check_email(wanted)
    if any(role.name == Duty.ADMIN for role in user.roles) and not actor.has(Duty.ADMIN):
        raise NotAllowed(N_("Only an administrator may change an administrator"))
    if accounts.user_by_email(wanted) is not None:
        raise Refused(N_("Another account has this e-mail address"))
    user.email, user.username, profile.mail_bounced_at = wanted, wanted[:128], None
    unsent = update(OutboxMessage).where(func.lower(OutboxMessage.recipient) == before, OutboxMessage.sent_at.is_(None))
    db.session.execute(unsent.values(recipient=wanted))
    links.end_all(now=now, user_id=user.id)
    sign_in.end_sessions(user.id, now=now)
    # Whoever had the address before may be the one who bound it.
    db.session.execute(delete(SsoIdentity).where(SsoIdentity.user_id == user.id))
    api_tokens.revoke_all(user, actor=actor, now=now)
    record.change(actor, f"user:{user.id}", "email", now=now, area_id=profile.area_id, old=before, new=wanted)
    record.mail(before, "email_changed", now=now, dedupe_key=f"email:{user.id}:{now.isoformat()}", address=wanted)


def change_account(
    profile: Profile,
    *,
    duties: list[Duty],
    active: bool,
    area_id: int | None,
    was_area_id: int | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Change roles, office or whether an account is active; any of these signs the person out everywhere
    and ends the access tokens.

    Raises NotAllowed for one's own account and for giving or taking the role of an administrator without being one."""
    require_fitting(duties, area_id)
    user = profile.user
    before = sorted(role.name for role in user.roles)
    after = sorted(str(duty) for duty in duties)
    touches_admin = (Duty.ADMIN in before) or (Duty.ADMIN in after)
    changes = before != after or bool(user.active) != active or was_area_id != area_id
    if changes and user.id == actor.user_id:
        raise NotAllowed(N_("You can't change your own roles, office or activation. Ask a colleague."))
    if touches_admin:
        _require_admin(actor)
    user.roles, user.active = accounts.roles_by_name(after), active
    first_name, _, last_name = profile.full_name.partition(" ")
    user.first_name, user.last_name = first_name[:64], last_name[:64] or "-"
    if changes:
        sign_in.end_sessions(user.id, now=now)
        api_tokens.revoke_all(user, actor=actor, now=now)
        old, new = f"{before} {user.active} {was_area_id}", f"{after} {active} {area_id}"
        record.change(actor, f"user:{user.id}", "account", now=now, area_id=area_id, old=old, new=new)


def _require_admin(actor: Actor) -> None:
    if not actor.has(Duty.ADMIN):
        raise NotAllowed(N_("Only an administrator may change an administrator"))


def end_sessions_of(user: User, *, with_tokens: bool, actor: Actor, now: datetime) -> None:
    """Sign somebody out everywhere whose machine was lost, say; access tokens go on unless they are to end too. The person is told.

    Raises NotAllowed for one's own account, which the profile ends, for an administrator's without being one, and without being of the
    centre."""
    if user.id == actor.user_id:
        raise NotAllowed(N_("Sign yourself out everywhere on the page of your own account."))
    require(actor, Action.END_SESSIONS, COUNTRY)
    if Duty.ADMIN in {role.name for role in user.roles}:
        _require_admin(actor)
    sign_in.end_sessions(user.id, now=now)
    if with_tokens:
        api_tokens.revoke_all(user, actor=actor, now=now)
    area_id = user.profile.area_id if user.profile else None
    record.change(actor, f"user:{user.id}", "signed out everywhere", now=now, area_id=area_id)
    key = f"sessions_ended:{user.id}:{now.isoformat()}"
    notices.tell([user], "sessions_ended", now=now, dedupe_key=key, path="/profile/", mail="notice", by=actor.name)
