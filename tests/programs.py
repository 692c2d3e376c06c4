"""A program that reads the API with an access token."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from app.extensions import db, transaction
from app.models import ApiToken
from app.services import sign_in
from tests.services.doing import user_id_of

API = "/api/v1"


class Program:
    """What a program does that was given somebody's token: it keeps no cookie."""

    def __init__(self, app: Flask, token: str) -> None:
        self.app, self.token = app, token

    def get(self, path: str, **headers: str) -> TestResponse:
        """Read an address under the API's."""
        sent = {"Authorization": f"Bearer {self.token}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.app.test_client(use_cookies=False).get(f"{API}{path}", headers=sent)

    def read(self, path: str) -> Any:
        """What must be there."""
        response = self.get(path)
        assert response.status_code == 200, f"{path}: {response.status_code} {response.text}"
        return response.json

    def walk(self, path: str) -> list[Any]:
        """Every row of a list, by the way that the answers name."""
        rows: list[Any] = []
        on: str | None = path
        while on is not None:
            answer = self.read(on)
            rows += answer["items"]
            on = answer["next"] and answer["next"].removeprefix(f"http://localhost{API}")
        return rows


def put_token(app: Flask, account: str, **values: Any) -> Program:
    """A program with a token of a demonstration account, by the part of its address before @emes.test."""
    token, user_id, now = f"emes_{uuid4().hex}{uuid4().hex[:11]}", user_id_of(app, account), app.config["EMES_NOW"]
    usual: dict[str, Any] = {
        "name": "ทดสอบ",
        "form_key": uuid4().hex,
        "created_at": now,
        "expires_at": now + timedelta(days=90),
    }
    with app.app_context(), transaction():
        db.session.add(ApiToken(token_hash=sign_in.token_hash(token), user_id=user_id, **(usual | values)))
    return Program(app, token)


def stored_token(app: Flask, program: Program) -> dict[str, datetime | int | None]:
    """What the table holds of a program's token."""
    with app.app_context():
        row = db.session.query(ApiToken).filter_by(token_hash=sign_in.token_hash(program.token)).one()
        return {name: getattr(row, name) for name in ("last_used_at", "revoked_at", "requests", "window_began_at")}
