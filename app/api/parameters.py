"""What may be asked of the API in an address, and how it is read."""

from __future__ import annotations

from typing import Any

from flask import request
from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from app.domain import workflow
from app.domain.errors import N_, Refused
from app.queries.stretch import Asked

MOST_ROWS = 500
USUAL_ROWS = 100
MOST_PAGES = 100_000
MOST_ID = 2**31 - 1


def _whole(least: int, most: int, description: str, **more: Any) -> fields.Integer:
    return fields.Integer(validate=validate.Range(least, most), metadata={"description": description}, **more)


def _code(description: str, **more: Any) -> fields.String:
    shape = validate.Regexp(r"\A[A-Za-z0-9._-]{1,24}\Z")
    return fields.String(validate=shape, metadata={"description": description}, **more)


class Nothing(Schema):
    """An address that asks for nothing more."""

    class Meta:
        unknown = RAISE


class Listing(Nothing):
    """A list is walked by the `next` of each answer, which carries `after`; `page` is for looking at one page alone."""

    page = _whole(1, MOST_PAGES, "counted from 1; not together with after")
    per_page = _whole(1, MOST_ROWS, "rows in one answer", load_default=MOST_ROWS)
    after = _whole(0, MOST_ID, "rows after this one; taken from next")

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if "page" in data and "after" in data:
            raise ValidationError("either", "page")


class OfRound(Listing):
    round = _code("code of a round, such as 2566-6")


class Submissions(Listing):
    round = _code("code of a round, such as 2566-6", required=True)
    area = _code("code of an office")
    indicator = _code("code of an indicator")
    state = fields.String(validate=validate.OneOf(list(workflow.State)))
    per_page = _whole(1, MOST_ROWS, "rows in one answer", load_default=USUAL_ROWS)


class OfYear(Listing):
    fiscal_year = _whole(2540, 2700, "fiscal year of the Buddhist era, such as 2566", required=True)
    area = _code("code of an office")


class OfInspection(Listing):
    inspection = _code("code of an inspection, such as 2566-1", required=True)


class Results(Nothing):
    format = fields.String(
        validate=validate.OneOf(["json", "csv"]),
        metadata={"description": "csv: all rows at once, UTF-8 with a byte-order mark; without it the Accept header decides"},
    )
    per_page = _whole(1, MOST_ROWS, "rows in one answer, of JSON", load_default=MOST_ROWS)
    after = fields.String(
        validate=validate.Regexp(r"\A[0-9]{1,9}-[0-9]{1,9}\Z"), metadata={"description": "rows after this one; taken from next"}
    )


def read(schema: type[Schema]) -> dict[str, Any]:
    """What the address asks. Raises Refused with the names of what is missing, unknown, given twice or out of bounds."""
    twice = {name for name, values in request.args.lists() if len(values) > 1}
    try:
        asked: dict[str, Any] = schema().load(request.args.to_dict())
    except ValidationError as refusal:
        twice |= set(refusal.messages_dict)
        asked = {}
    if twice:
        names = ", ".join(sorted(str(name)[:40] for name in twice))
        raise Refused(N_("These parameters are missing, unknown or out of bounds: %(names)s"), names=names)
    return asked


def stretch(asked: dict[str, Any]) -> Asked:
    return Asked(asked["per_page"], asked.get("after"), asked.get("page", 1))
