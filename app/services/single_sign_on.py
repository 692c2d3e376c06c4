"""Single sign-on: whose account a provider's word opens. It makes no account and gives no role."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from app.domain import people
from app.domain.access import Actor
from app.domain.errors import N_, Refused
from app.extensions import db
from app.models import SsoIdentity
from app.oidc import Said
from app.queries import account as accounts
from app.services import notices, record


def whose(said: Said, issuer: str, *, name: str, now: datetime) -> User:
    """The active user for whom the provider vouches: by its own number of the person, which is bound at the first time by the verified address
    of an account that exists. Raises Refused."""
    known = db.session.scalar(
        select(SsoIdentity)
        .where(SsoIdentity.issuer == issuer, SsoIdentity.subject == said.subject)
        .options(joinedload(SsoIdentity.user))
        .with_for_update(of=SsoIdentity)
    )
    if known is not None:
        if not known.user.active:
            raise _no_account(name)
        known.last_used_at = now
        return known.user
    if not said.email:
        raise Refused(
            N_(
                "%(name)s has not confirmed an e-mail address of yours. Have it confirmed there, or sign in with your password."
            ),
            name=name,
        )
    user = accounts.user_by_email(people.normal_email(said.email))
    if user is None or not user.active or _is_bound(user.id, issuer):
        raise _no_account(name)
    db.session.add(SsoIdentity(user_id=user.id, issuer=issuer, subject=said.subject, bound_at=now, last_used_at=now))
    own = Actor(user.id, name=user.profile.full_name if user.profile else "")
    record.change(own, f"user:{user.id}", "single sign-on", now=now, new=issuer)
    key = f"sso_bound:{user.id}:{now.isoformat()}"
    notices.tell([user], "sso_bound", now=now, dedupe_key=key, path="/profile/", mail="notice", name=name)
    return user


def _is_bound(user_id: int, issuer: str) -> bool:
    """Whether the account belongs to another person of this provider already: an address that was given to somebody new opens nothing."""
    found = select(SsoIdentity.id).where(SsoIdentity.user_id == user_id, SsoIdentity.issuer == issuer)
    return db.session.scalar(found) is not None


def _no_account(name: str) -> Refused:
    return Refused(
        N_("No account of e-MES belongs to this sign-in with %(name)s. Register, or ask the centre: 0 2288 5867."), name=name
    )
