"""Access tokens of the API, each with the person who made it."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager, joinedload

from app.domain.api_token import SHOWN_AFTER_EXPIRY
from app.extensions import db
from app.models import ApiToken


def living(token_hash: str, now: datetime) -> ApiToken | None:
    """The token behind a hash with its person, profile, office and roles, in one statement; None when revoked or expired, or when the
    account is not active."""
    statement = (
        select(ApiToken)
        .join(ApiToken.user)
        .where(ApiToken.token_hash == token_hash, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now, User.active)
        .options(contains_eager(ApiToken.user).options(joinedload(User.roles), joinedload(User.profile)))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(statement).unique().one_or_none()


def listed(user_id: int, now: datetime) -> list[ApiToken]:
    """A person's tokens that were not revoked, the latest first; those whose time is over for a while longer."""
    statement = (
        select(ApiToken)
        .where(ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now - SHOWN_AFTER_EXPIRY)
        .order_by(ApiToken.created_at.desc(), ApiToken.id.desc())
    )
    return list(db.session.scalars(statement))


def count_living(user_id: int, now: datetime) -> int:
    own = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    return db.session.scalar(select(func.count()).select_from(ApiToken).where(*own)) or 0


def by_form_key(user_id: int, form_key: str) -> ApiToken | None:
    """The token that a form made before."""
    return db.session.scalar(select(ApiToken).where(ApiToken.user_id == user_id, ApiToken.form_key == form_key))
