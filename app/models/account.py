"""People: profiles beside the framework's user, registrations, sessions, single-use links, sign-in attempts."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, backref, mapped_column, query_expression, relationship

from app.extensions import Model, UtcDateTime
from app.models.area import Area
from app.scope import AreaScoped


class PersonnelType(Model):
    """ประเภทบุคลากร of the registration form. Source: conventions §3."""

    __tablename__ = "personnel_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    name_th: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    def __repr__(self) -> str:
        return self.name_th


class Position(Model):
    """Positions offered while one types; any other may be typed too, with its level joined on."""

    __tablename__ = "position"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(24), unique=True)
    name_th: Mapped[str] = mapped_column(String(160))
    name_en: Mapped[str] = mapped_column(String(160))
    sort_order: Mapped[int] = mapped_column(default=1)
    active: Mapped[bool] = mapped_column(default=True)

    def __repr__(self) -> str:
        return self.name_th


class Profile(Model):
    """What e-MES keeps of a person beside the framework's user row. `area` is empty for central staff.

    `mail_bounced_at` is since when mail to the person's address is refused; a mail that arrives, or a new address, clears it.
    `notice_version` is the privacy notice that the person took note of last; when, and of which before, is on record."""

    __tablename__ = "user_profile"

    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), primary_key=True)
    full_name: Mapped[str] = mapped_column(String(160))
    area_id: Mapped[int | None] = mapped_column(ForeignKey("area.id"), index=True)
    personnel_type_id: Mapped[int | None] = mapped_column(ForeignKey("personnel_type.id"))
    position: Mapped[str] = mapped_column(String(160), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    registered_address: Mapped[str] = mapped_column(Text, default="")
    current_address: Mapped[str] = mapped_column(Text, default="")
    is_demonstration: Mapped[bool] = mapped_column(default=False)
    mail_bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    notice_version: Mapped[str] = mapped_column(String(16), default="")
    notice_noted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship(
        backref=backref("profile", uselist=False, lazy="joined", passive_deletes=True), lazy="joined"
    )
    area: Mapped[Area | None] = relationship(lazy="joined")
    personnel_type: Mapped[PersonnelType | None] = relationship()

    def __repr__(self) -> str:
        return self.full_name


class UserSession(Model):
    """One signed-in browser. The cookie holds a random token, the table only its hash; `ended_at` revokes it for good.

    `factor` is what was given besides the password, empty for nothing; `proved_at` when the person last proved to be there.
    `unread_notices` is filled in by the statement that reads the session with its person, and by no other."""

    __tablename__ = "user_session"
    __table_args__ = (Index("ix_user_session_user_id_ended_at", "user_id", "ended_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    remembered: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    remote_address: Mapped[str] = mapped_column(String(64), default="")
    factor: Mapped[str] = mapped_column(String(8), default="")
    proved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()
    unread_notices: Mapped[int | None] = query_expression()


class Registration(AreaScoped, Model):
    """A request for an account. Nothing of the office is visible before it is verified by e-mail and approved by a person."""

    __tablename__ = "registration"
    __table_args__ = (
        CheckConstraint("state IN ('unverified', 'pending', 'approved', 'refused')", name="state_known"),
        Index("ix_registration_area_id_state", "area_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    full_name: Mapped[str] = mapped_column(String(160))
    personnel_type_id: Mapped[int] = mapped_column(ForeignKey("personnel_type.id"))
    position: Mapped[str] = mapped_column(String(160))
    phone: Mapped[str] = mapped_column(String(40))
    registered_address: Mapped[str] = mapped_column(Text, default="")
    current_address: Mapped[str] = mapped_column(Text, default="")
    password_hash: Mapped[str] = mapped_column(String(256))
    state: Mapped[str] = mapped_column(String(12), default="unverified")
    requested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="SET NULL"))
    refusal_reason: Mapped[str] = mapped_column(Text, default="")

    area: Mapped[Area] = relationship(lazy="joined")
    personnel_type: Mapped[PersonnelType] = relationship(lazy="joined")

    def __repr__(self) -> str:
        return self.full_name


class SingleUseLink(Model):
    """A link sent by e-mail. The link itself is a signature over this row's id and is kept nowhere; it expires and works once."""

    __tablename__ = "single_use_link"
    __table_args__ = (CheckConstraint("purpose IN ('verify', 'reset')", name="purpose_known"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(String(8))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"), index=True)
    registration_id: Mapped[int | None] = mapped_column(ForeignKey("registration.id", ondelete="CASCADE"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignInThrottle(Model):
    """Failures in a row of one subject (an account or an address), shared by all processes. Holds hashes, not names."""

    __tablename__ = "sign_in_throttle"

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    first_failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_failed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    blocked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
