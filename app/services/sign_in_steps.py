"""Sign-ins that are half done: kept by the server for minutes, known to one browser, finished once."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import joinedload

from app.domain.errors import NotFound
from app.domain.second_factor import HALF_WAY_LIFETIME
from app.extensions import db
from app.models import SignInStep
from app.services.sign_in import token_hash


def begin(
    kind: str, *, now: datetime, user_id: int | None = None, lifetime: timedelta = HALF_WAY_LIFETIME, **content: Any
) -> str:
    """Note what was begun. Returns the token for the browser's cookie; what others left behind is swept on the way."""
    db.session.execute(delete(SignInStep).where(SignInStep.expires_at <= now))
    token = secrets.token_urlsafe(32)
    db.session.add(
        SignInStep(token_hash=token_hash(token), kind=kind, user_id=user_id, content=content, expires_at=now + lifetime)
    )
    return token


def find(token: object, kind: str, *, now: datetime) -> SignInStep:
    """What was begun in this browser, to be looked at. Raises NotFound for what is unknown, over, done, or another person's by now."""
    return _found(token, kind, now=now, hold=False)


def hold(token: object, kind: str, *, now: datetime) -> SignInStep:
    """The same, held for this transaction, so that it is finished once."""
    return _found(token, kind, now=now, hold=True)


def end(step: SignInStep) -> None:
    """It is finished, or given up."""
    db.session.delete(step)


def forget(token: object) -> None:
    """Give up what was begun in this browser, if it was."""
    if isinstance(token, str):
        db.session.execute(delete(SignInStep).where(SignInStep.token_hash == token_hash(token)))


def _found(token: object, kind: str, *, now: datetime, hold: bool) -> SignInStep:
    if not isinstance(token, str):
        raise NotFound
    statement = select(SignInStep).where(
        SignInStep.token_hash == token_hash(token), SignInStep.kind == kind, SignInStep.expires_at > now
    )
    if hold:
        statement = statement.with_for_update(of=SignInStep)
    step = db.session.scalar(statement.options(joinedload(SignInStep.user)))
    if step is None or (step.user_id is not None and (step.user is None or not step.user.active)):
        raise NotFound
    return step
