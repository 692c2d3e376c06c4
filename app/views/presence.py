"""Who else is in a report and what they just stored: asked by the page's script while it is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, g, jsonify, request
from flask.typing import ResponseReturnValue

from app import formatting
from app.clock import now
from app.domain import presence as rules
from app.domain.errors import N_, Refused
from app.extensions import transaction
from app.models import Answer
from app.queries import presence as queries
from app.requests import strict_json
from app.scope import current_actor
from app.services import presence
from app.views.base import Screen, expose, may

MAX_VERSIONS = 200


class PresenceView(Screen):
    route_base = "/reports"
    class_permission_name = "reports"

    @expose("/<round_code>/<area_code>/<indicator_code>/presence", methods=["POST"])
    @may("write")
    def tell(self, round_code: str, area_code: str, indicator_code: str) -> ResponseReturnValue:
        """Say where one is, hear who else is there and which fields are newer than one's own."""
        g.pop("session_seen", None)  # a page that lies open is no sign of life: an idle session ends all the same
        actor, moment = current_actor(), now()
        place = queries.find_place(round_code, area_code, indicator_code, actor=actor)
        field, leaving, versions = _told()
        if leaving:
            with transaction():
                presence.leave(place, actor=actor)
            return jsonify(now=moment.isoformat(), others=[], fields={})
        presence.require_editor(place, actor=actor, now=moment)
        there = queries.everybody(place)
        newer = queries.newer_answers(place, versions) if versions else []
        own = next((row for row in there if row.user_id == actor.user_id), None)
        noted_at, noted_field = (own.seen_at, own.field_key) if own else (None, None)
        if rules.is_due(noted_at, noted_field, field, moment):
            with transaction():
                presence.note(place, field, actor=actor, now=moment)
        others = [row for row in there if row is not own and row.seen_at >= rules.here_since(moment)]
        return jsonify(
            now=moment.isoformat(),
            others=[{"name": row.name, "field": row.field_key, "since": row.since_at.isoformat()} for row in others],
            fields={answer.field_key: _stored(answer) for answer in newer},
        )


def _told() -> tuple[str | None, bool, Mapping[str, int]]:
    """(the field the cursor is in, whether one leaves, the versions on one's page) as the script sends them."""
    if not request.is_json:
        abort(415)
    body: Any = strict_json()
    versions = body.get("versions", {}) if isinstance(body, dict) else None
    if not isinstance(versions, dict) or len(versions) > MAX_VERSIONS:
        raise Refused(N_('Send where you are as {"field": …, "leaving": …, "versions": {key: version}}'))
    known = {key: number for key, number in versions.items() if isinstance(number, int) and not isinstance(number, bool)}
    return rules.field_or_none(body.get("field")), body.get("leaving") is True, known


def _stored(answer: Answer) -> dict[str, Any]:
    """A field as it is stored now. `shown` is how the page writes it."""
    shown = answer.value or ""
    if answer.field_key.startswith("quantity."):
        shown = formatting.number(answer.value)
    elif answer.field_key == "reporter_phone" and answer.value:
        shown = formatting.phone(answer.value)
    return {
        "version": answer.version,
        "value": answer.value,
        "shown": shown,
        "by": answer.changed_by_name,
        "at": answer.changed_at.isoformat(),
    }
