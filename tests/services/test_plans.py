"""PostgreSQL keeps the plans of what a page asks, and nothing that was not meant to stay stays for it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update

from app.extensions import db
from app.models import Area
from tests.services.doing import looking

ASKED_OFTEN = 8


def prepared() -> int:
    return db.session.scalar(text("SELECT count(*) FROM pg_prepared_statements")) or 0


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)
def test_a_statement_that_many_pages_ask_is_planned_once(app):
    for _ in range(ASKED_OFTEN):
        with looking(app):
            db.session.scalar(select(func.count()).select_from(Area).where(Area.active))
    with looking(app):
        assert prepared() > 0


@pytest.mark.parametrize("app", ["sqlite", "postgresql"], indirect=True)
def test_what_was_written_and_not_committed_is_gone(app):
    with looking(app):
        db.session.execute(update(Area).values(name_en="not meant to stay"))
        db.session.execute(select(func.count()).select_from(Area))
    with looking(app):
        assert not db.session.scalar(select(func.count()).where(Area.name_en == "not meant to stay"))
