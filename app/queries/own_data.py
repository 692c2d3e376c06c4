"""Everything that is kept of one person, for that person: what the inventory of `domain.privacy` names, row by row."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, func, select

from app import scope
from app.extensions import db
from app.models import (
    ApiToken,
    Area,
    Assignment,
    AuthenticatorApp,
    Change,
    Indicator,
    Notice,
    OfficeOrder,
    OutboxMessage,
    Passkey,
    PersonnelType,
    PrivacyWish,
    Profile,
    RecoveryCode,
    Registration,
    Round,
    Sheet,
    SheetOwner,
    SsoIdentity,
    UserSession,
)
from app.queries import account as accounts


def _rows(statement: Select[Any]) -> list[dict[str, Any]]:
    return [dict(row) for row in db.session.execute(statement).mappings()]


def _account(user_id: int) -> dict[str, Any]:
    user = accounts.user_by_id(user_id)
    statement = (
        select(
            Profile.full_name,
            Profile.position,
            PersonnelType.name_th.label("personnel_type"),
            Area.name_th.label("office"),
            Profile.phone,
            Profile.registered_address,
            Profile.current_address,
            Profile.mail_bounced_at,
            Profile.notice_version,
            Profile.notice_noted_at,
        )
        .outerjoin(Area, Area.id == Profile.area_id)
        .outerjoin(PersonnelType, PersonnelType.id == Profile.personnel_type_id)
        .where(Profile.user_id == user_id)
    )
    (found,) = _rows(statement)
    return found | {
        "number": user_id,
        "email": user.email if user else "",
        "roles": sorted(role.name for role in user.roles) if user else [],
        "created_on": user.created_on if user else None,
    }


def _statements(user_id: int, address: str) -> dict[str, Select[Any]]:
    """Section → what is kept of a person with this mail address. Secrets are left out: of a password, a session or a token only a hash is kept.
    Acts are told by when, about what and which; their contents are the office's."""
    return {
        "sessions": (
            select(
                UserSession.created_at,
                UserSession.last_seen_at,
                UserSession.expires_at,
                UserSession.ended_at,
                UserSession.remote_address,
                UserSession.user_agent,
            )
            .where(UserSession.user_id == user_id)
            .order_by(UserSession.id)
        ),
        "access_tokens": (
            select(ApiToken.name, ApiToken.created_at, ApiToken.expires_at, ApiToken.revoked_at, ApiToken.last_used_at)
            .where(ApiToken.user_id == user_id)
            .order_by(ApiToken.id)
        ),
        "authenticator_apps": (
            select(AuthenticatorApp.added_at, AuthenticatorApp.last_used_at).where(AuthenticatorApp.user_id == user_id)
        ),
        "passkeys": (
            select(Passkey.name, Passkey.added_at, Passkey.last_used_at).where(Passkey.user_id == user_id).order_by(Passkey.id)
        ),
        "recovery_codes": (
            select(RecoveryCode.made_at, RecoveryCode.used_at).where(RecoveryCode.user_id == user_id).order_by(RecoveryCode.id)
        ),
        "single_sign_on": (
            select(SsoIdentity.issuer, SsoIdentity.subject, SsoIdentity.bound_at, SsoIdentity.last_used_at)
            .where(SsoIdentity.user_id == user_id)
            .order_by(SsoIdentity.id)
        ),
        "registrations": (
            select(
                Registration.requested_at,
                Registration.full_name,
                Registration.position,
                Registration.phone,
                Registration.email,
                Registration.registered_address,
                Registration.current_address,
                Registration.state,
                Registration.decided_at,
                Registration.refusal_reason,
            )
            .where(func.lower(Registration.email) == address)
            .order_by(Registration.id)
        ),
        "mails": (
            select(OutboxMessage.created_at, OutboxMessage.template, OutboxMessage.context, OutboxMessage.sent_at)
            .where(func.lower(OutboxMessage.recipient) == address)
            .order_by(OutboxMessage.id)
        ),
        "notices": (
            select(Notice.created_at, Notice.kind, Notice.context, Notice.read_at)
            .where(Notice.user_id == user_id)
            .order_by(Notice.id)
        ),
        "indicators_in_charge": (
            select(Round.code.label("round"), Indicator.full_code.label("indicator"), Assignment.assigned_at)
            .join(Round, Round.id == Assignment.round_id)
            .join(Indicator, Indicator.id == Assignment.indicator_id)
            .where(Assignment.user_id == user_id)
            .order_by(Assignment.id)
        ),
        "projects_and_inspections_in_charge": (
            select(Sheet.kind, SheetOwner.sheet_id.label("sheet"), SheetOwner.assigned_at)
            .join(Sheet, Sheet.id == SheetOwner.sheet_id)
            .where(SheetOwner.user_id == user_id)
            .order_by(SheetOwner.id)
        ),
        "orders": (
            select(OfficeOrder.kind, OfficeOrder.number, OfficeOrder.dated_on, OfficeOrder.begins_at, OfficeOrder.ends_at)
            .where(OfficeOrder.user_id == user_id)
            .order_by(OfficeOrder.id)
        ),
        "wishes": (
            select(
                PrivacyWish.kind,
                PrivacyWish.text,
                PrivacyWish.state,
                PrivacyWish.asked_at,
                PrivacyWish.answered_at,
                PrivacyWish.answer,
            )
            .where(PrivacyWish.user_id == user_id)
            .order_by(PrivacyWish.id)
        ),
        "acts": (select(Change.at, Change.subject, Change.what).where(Change.actor_id == user_id).order_by(Change.id)),
    }


def of(user_id: int) -> dict[str, list[dict[str, Any]]]:
    """Section → rows, in whatever office the person was at the time."""
    with scope.whole_country("a person's own acts, also of an office of before"):
        account = _account(user_id)
        statements = _statements(user_id, account["email"].lower())
        return {"account": [account], **{section: _rows(statement) for section, statement in statements.items()}}


def counted(user_id: int) -> tuple[dict[str, Any], dict[str, int]]:
    """The account, and section → how many rows there are, in one statement however many."""
    with scope.whole_country("a person's own acts, also of an office of before"):
        account = _account(user_id)
        statements = _statements(user_id, account["email"].lower())
        counts = [
            select(func.count()).select_from(statement.order_by(None).subquery()).scalar_subquery().label(section)
            for section, statement in statements.items()
        ]
        return account, {"account": 1, **_rows(select(*counts))[0]}
