"""Asking for an account and deciding on it. Nothing of an office opens before a mailbox answered and a person agreed.

Every answer to a stranger is the same whether a mailbox is known or not; what differs goes to the mailbox.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from werkzeug.security import generate_password_hash

from app import scope
from app.domain import access, passwords, people
from app.domain.access import Action, Actor, Duty
from app.domain.errors import N_, Conflict, NotFound, Refused
from app.extensions import db
from app.models import Area, Registration
from app.queries import account as accounts
from app.services import links, record
from app.services.accounts import new_user


@dataclass(frozen=True)
class Application:
    """What a person fills in to ask for an account; exactly these fields and no others."""

    email: str
    full_name: str
    area_code: str
    personnel_type_id: int
    position: str
    phone: str
    password: str
    registered_address: str = ""
    current_address: str = ""


def register(application: Application, *, now: datetime) -> None:
    """Store a request for an account and mail a link to its mailbox. A known mailbox gets a different mail, nobody a different page."""
    passwords.check_password(application.password, email=application.email)
    email = people.normal_email(application.email)
    password_hash = generate_password_hash(application.password)
    area = db.session.scalar(select(Area).where(Area.code == application.area_code, Area.active))
    if area is None:
        raise Refused(N_("Choose an office from the list"))
    with scope.whole_country("a request from outside belongs to nobody yet"):
        if accounts.user_by_email(email):
            record.mail_once(
                email,
                "already_registered",
                now=now,
                dedupe_key=f"already:{hashlib.sha256(email.encode()).hexdigest()}:{now:%Y%m%d%H}",
            )
            return
        registration = accounts.open_registration(email)
        if registration is None:
            registration = Registration(email=email)
            db.session.add(registration)
        elif registration.state == "pending":
            return
        registration.full_name, registration.area_id = application.full_name, area.id
        registration.personnel_type_id, registration.position = application.personnel_type_id, application.position
        registration.phone, registration.password_hash = application.phone, password_hash
        registration.registered_address = application.registered_address
        registration.current_address = application.current_address
        registration.state, registration.requested_at = "unverified", now
        db.session.flush()
        # Only the newest link counts: an older one must not confirm what somebody else typed after it was mailed.
        links.end_all(now=now, registration_id=registration.id)
        link = links.create("verify", now=now, registration_id=registration.id)
        record.mail(
            email,
            "verify",
            now=now,
            dedupe_key=f"verify:{link.id}",
            link=str(link.id),
            purpose="verify",
            full_name=application.full_name,
        )


def verify(token: str, *, secret_key: str, now: datetime, open_to_all: bool = False) -> Registration:
    """The mailbox answered: the request now waits for the office's coordinator, or for the centre where there is none."""
    link = links.find(token, "verify", secret_key=secret_key, now=now)
    with scope.whole_country("the applicant has no account yet"):
        registration = db.session.get(Registration, link.registration_id)
        if registration is None or registration.state != "unverified":
            raise NotFound
        link.used_at = now
        registration.state, registration.verified_at = "pending", now
        if open_to_all:
            _create_account(registration, Actor(user_id=None, name="e-MES"), now=now)
            return registration
        deciders = accounts.users_with_role(Duty.COORDINATOR, area_id=registration.area_id) or accounts.users_with_role(
            Duty.CENTRAL
        )
        for decider in deciders:
            record.mail(
                decider.email,
                "registration_pending",
                now=now,
                dedupe_key=f"pending:{registration.id}:{decider.id}",
                full_name=registration.full_name,
                position=registration.position,
                area_name=registration.area.short_th,
            )
        return registration


def _decidable(registration_id: int, *, actor: Actor) -> Registration:
    registration = db.session.scalar(
        select(Registration).where(Registration.id == registration_id).with_for_update(of=Registration)
    )
    if registration is None:
        raise NotFound
    access.require(actor, Action.APPROVE_REGISTRATION, registration)
    if registration.state != "pending":
        raise Conflict(N_("This request has been decided already"))
    return registration


def approve(registration_id: int, *, actor: Actor, now: datetime) -> Registration:
    """Open an account as reporter of the office that was asked for."""
    registration = _decidable(registration_id, actor=actor)
    _create_account(registration, actor, now=now)
    return registration


def refuse(registration_id: int, reason: str, *, actor: Actor, now: datetime) -> Registration:
    """Turn a request down with a reason that the person reads."""
    registration = _decidable(registration_id, actor=actor)
    registration.state, registration.refusal_reason = "refused", reason
    registration.decided_at, registration.decided_by_id = now, actor.user_id
    record.change(actor, f"registration:{registration.id}", "refused", now=now, area_id=registration.area_id, new=reason)
    record.mail(
        registration.email,
        "registration_refused",
        now=now,
        dedupe_key=f"refused:{registration.id}",
        full_name=registration.full_name,
        reason=reason,
    )
    return registration


def _create_account(registration: Registration, actor: Actor, *, now: datetime) -> None:
    if accounts.user_by_email(registration.email):
        raise Conflict(N_("There is an account with this e-mail already"))
    user = new_user(
        registration.email,
        registration.full_name,
        password_hash=registration.password_hash,
        duties=[Duty.REPORTER],
        area_id=registration.area_id,
    )
    user.profile.personnel_type_id, user.profile.position = registration.personnel_type_id, registration.position
    user.profile.phone = registration.phone
    user.profile.registered_address = registration.registered_address
    user.profile.current_address = registration.current_address
    registration.state, registration.decided_at, registration.decided_by_id = "approved", now, actor.user_id
    # The account holds the password and the addresses from now on; the request needs neither.
    registration.password_hash, registration.registered_address, registration.current_address = "", "", ""
    db.session.flush()
    record.change(actor, f"user:{user.id}", "approved", now=now, area_id=registration.area_id, new=Duty.REPORTER)
    record.mail(
        registration.email,
        "registration_approved",
        now=now,
        dedupe_key=f"approved:{registration.id}",
        full_name=registration.full_name,
        area_name=registration.area.short_th,
    )
