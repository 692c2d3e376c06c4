"""Files asked for on a page, made by the worker, and taken from the page."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask

from app import scope, worker
from app.extensions import db
from app.models import Export
from tests.person import Person
from tests.services.doing import looking

DESK = "/exports/2566-6/"


def ask(person: Person, what: str, *, desk: str = DESK, **narrowed: Any) -> int:
    """Ask for a file on a page. Answers its number."""
    answer = person.post(desk, {"what": what, **narrowed})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["Location"].rpartition("#file-")[2])


def make_all(app: Flask) -> None:
    """What the worker does while somebody waits."""
    with app.app_context(), scope.acting_as(worker.JOB):
        while worker.make_export():
            pass


def file_of(person: Person, what: str, *, desk: str = DESK, **narrowed: Any) -> bytes:
    """A file, from the press of the button to the download."""
    number = ask(person, what, desk=desk, **narrowed)
    make_all(person.app)
    return take(person, number, desk=desk)


def take(person: Person, number: int, *, desk: str = DESK) -> bytes:
    """The file of a number, as its page gives it."""
    answer = person.get(f"{desk}files/{number}")
    assert answer.status_code == 200, (answer.status_code, stored(person.app, number))
    return answer.data


def stored(app: Flask, number: int) -> dict[str, Any]:
    """A request for a file as the database has it."""
    with looking(app):
        row = db.session.get_one(Export, number)
        return {name: getattr(row, name) for name in ("state", "fault", "counts", "done", "planned", "as_of", "asked_by_name")}


def numbers_on(page: Any, xpath: str) -> list[int]:
    """The whole numbers in what is written at a place of a page."""
    text = " ".join(page.xpath(xpath)[0].text_content().split())
    return [int(number.replace(",", "")) for number in re.findall(r"\d[\d,]*", text)]
