"""What people may do about their own data: take note of the notice, ask the centre, and have their account closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import delete, func, update

from app import scope
from app.domain import access, people
from app.domain.access import COUNTRY, Action, Actor, Duty
from app.domain.errors import N_, Conflict, NotAllowed, NotFound, Refused
from app.domain.privacy import ANSWER_WITHIN_DAYS, NOTICE_VERSION, Wish, WishState
from app.extensions import db
from app.models import (
    AuthenticatorApp,
    Notice,
    OutboxMessage,
    Passkey,
    PrivacyWish,
    Profile,
    RecoveryCode,
    Registration,
    ReminderRecipient,
    SignInStep,
    SsoIdentity,
)
from app.queries import account as accounts
from app.queries import privacy as queries
from app.services import api_tokens, links, notices, record, sign_in


class AskedBefore(Conflict):
    """A wish of this kind waits for its answer already."""


def note_notice(*, actor: Actor, now: datetime) -> None:
    """Put on record that somebody took note of the privacy notice that holds now; twice is harmless."""
    profile = db.session.get(Profile, actor.user_id)
    if profile is None:
        raise NotFound
    if profile.notice_version != NOTICE_VERSION:
        before, profile.notice_version, profile.notice_noted_at = profile.notice_version, NOTICE_VERSION, now
        subject = f"user:{profile.user_id}"
        record.change(actor, subject, "privacy notice", now=now, area_id=profile.area_id, old=before, new=NOTICE_VERSION)


def ask(kind: Wish, text: str, *, form_key: str, actor: Actor, now: datetime) -> PrivacyWish:
    """Ask the centre about one's own data. Raises AskedBefore while one of the kind waits, Refused for a wish that says nothing."""
    if actor.user_id is None:
        raise NotAllowed
    if kind is not Wish.ERASE and not text.strip():
        raise Refused(N_("Say what is to be done"))
    if queries.sent_by(form_key) or queries.open_wish(actor.user_id, kind):
        raise AskedBefore(N_("You have asked for this already. The centre will answer."))
    row = PrivacyWish(
        user_id=actor.user_id,
        kind=kind,
        text=text,
        form_key=form_key,
        asked_at=now,
        due_at=now + timedelta(days=ANSWER_WITHIN_DAYS),
    )
    db.session.add(row)
    db.session.flush()
    record.change(actor, f"user:{actor.user_id}", f"privacy wish {kind}", now=now, new=str(row.id))
    notices.tell(
        accounts.users_with_role(Duty.CENTRAL),
        "privacy_wish",
        now=now,
        dedupe_key=f"privacy-wish:{row.id}",
        path="/privacy/desk/",
        mail="notice",
        name=actor.name,
        due_at=row.due_at.isoformat(),
    )
    return row


def answer(wish_id: int, *, grants: bool, text: str, actor: Actor, now: datetime) -> PrivacyWish:
    """Answer a wish with words that the person reads. Granting an erasure closes the account. Raises NotAllowed for one's own."""
    row = queries.held_wish(wish_id)
    if row is None:
        raise NotFound
    access.require(actor, Action.ANSWER_WISH, COUNTRY)
    if row.user_id == actor.user_id:
        raise NotAllowed(N_("A colleague has to answer what you asked for yourself"))
    if row.state != WishState.OPEN:
        raise Conflict(N_("This was answered by %(name)s in the meantime"), name=row.answered_by_name)
    if not text.strip():
        raise Refused(N_("Write an answer for the person"))
    row.state = WishState.DONE if grants else WishState.REFUSED
    row.answer, row.answered_at, row.answered_by_name = text, now, actor.name
    record.change(actor, f"user:{row.user_id}", f"privacy wish {row.kind}", now=now, old=str(row.id), new=row.state)
    if grants and row.kind == Wish.ERASE:
        address = row.user.email
        close_account(row.user, actor=actor, now=now)
        row.text = ""
        record.mail(address, "account_closed", now=now, dedupe_key=f"account-closed:{row.user_id}", answer=text)
    else:
        notices.tell(
            [row.user],
            "privacy_answered",
            now=now,
            dedupe_key=f"privacy-answered:{row.id}",
            path="/profile/data",
            mail="notice",
        )
    return row


def close_account(user: User, *, actor: Actor, now: datetime) -> None:
    """End an account for good and empty what is kept of the person. Official records keep the name of whoever acted, as it was.

    Raises NotAllowed for an administrator's without being one, Refused while work lies in the person's hands."""
    profile, address = user.profile, people.normal_email(user.email)
    if any(role.name == Duty.ADMIN for role in user.roles) and not actor.has(Duty.ADMIN):
        raise NotAllowed(N_("Only an administrator may change an administrator"))
    with scope.whole_country("what lies in somebody's hands"):
        if queries.has_work(user.id):
            raise Refused(N_("Work lies in this person's hands. Have the office hand it over on the page of its team first."))
        sign_in.end_sessions(user.id, now=now)
        sign_in.forget_failures(address)
        links.end_all(now=now, user_id=user.id)
        api_tokens.revoke_all(user, actor=actor, now=now)
        _empty_copies(user.id, address)
    user.active, user.roles, user.password = False, [], ""
    user.email = user.username = f"{user.id}@closed.invalid"
    user.first_name, user.last_name = f"#{user.id}", "-"
    profile.full_name, profile.position, profile.phone = f"#{user.id}", "", ""
    profile.registered_address, profile.current_address, profile.personnel_type_id = "", "", None
    record.change(actor, f"user:{user.id}", "account closed", now=now, area_id=profile.area_id)


def _empty_copies(user_id: int, address: str) -> None:
    """Where the address and the name stand beside the account. Sessions stay for as long as the law wants traffic data kept."""
    for kept in (Notice, AuthenticatorApp, Passkey, RecoveryCode, SignInStep, SsoIdentity):
        db.session.execute(delete(kept).where(kept.user_id == user_id))
    to_person = func.lower(OutboxMessage.recipient) == address
    db.session.execute(delete(OutboxMessage).where(to_person, OutboxMessage.sent_at.is_(None)))
    db.session.execute(update(OutboxMessage).where(to_person).values(recipient="", context={}, last_error=""))
    nobody = {"name": f"#{user_id}", "email": ""}
    db.session.execute(update(ReminderRecipient).where(ReminderRecipient.user_id == user_id).values(nobody))
    asked = func.lower(Registration.email) == address
    emptied = {
        "email": f"{user_id}@closed.invalid",
        "full_name": f"#{user_id}",
        "position": "",
        "phone": "",
        "password_hash": "",
    }
    emptied |= {"registered_address": "", "current_address": ""}
    db.session.execute(update(Registration).where(asked).values(emptied))
