"""Access tokens with which programs read for a person."""

from __future__ import annotations

from datetime import datetime

from flask_appbuilder.security.sqla.models import User
from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.domain.api_token import WINDOW
from app.extensions import Model, UtcDateTime


class ApiToken(Model):
    """One access token. Whoever made it keeps the token, the table only its hash; `revoked_at` ends it for good.

    `window_began_at` and `requests` count what it was used for in the minute that began then. `form_key` is the form that made it: sent
    again, it makes no second one."""

    __tablename__ = "api_token"
    __table_args__ = (
        UniqueConstraint("user_id", "form_key"),
        Index("ix_api_token_user_id_revoked_at", "user_id", "revoked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("ab_user.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(80))
    form_key: Mapped[str] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    window_began_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    requests: Mapped[int] = mapped_column(default=0)

    user: Mapped[User] = relationship()

    def used_since(self, now: datetime) -> int:
        """How many requests it was used for in the minute that runs."""
        return self.requests if self.window_began_at and self.window_began_at > now - WINDOW else 0
