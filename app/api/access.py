"""Who reads through the API: the token of the request, the role, and how many requests a minute it is good for.

No cookie counts here. The actor is the token's owner as the account stands now, so the guard on the session narrows every row as on
the pages."""

from __future__ import annotations

import logging

from flask import Response, abort, current_app, g, request

from app import permissions, scope
from app.clock import now
from app.domain.api_token import WINDOW, Allowance, is_shaped
from app.extensions import transaction
from app.identity import actor_of
from app.models import ApiToken
from app.queries import api_token as api_tokens
from app.services import api_tokens as service
from app.services import sign_in
from app.shared_counts import shared_counts

SCHEME = "bearer"
log = logging.getLogger(__name__)


def _token() -> ApiToken | None:
    """The living token of the request. One that is unknown costs one statement, whatever it is."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != SCHEME or not is_shaped(text):
        return None
    return api_tokens.living(sign_in.token_hash(text), now())


def admit() -> None:
    """Name the actor of the request, or refuse it: 401 without a living token, 403 for a role that may not, 429 beyond the limit."""
    found = _token()
    if found is None:
        abort(401)
    actor = actor_of(found.user)
    roles = [role.name for role in found.user.roles]
    scope.begin_request(actor)
    _count(found)
    if not permissions.granted(roles, "can_read", "api"):
        log.warning("denied the API to user %s", actor.user_id)
        abort(403)


def _count(found: ApiToken) -> None:
    """Count the request, in Redis where there is one. A token that has used up its minute is refused without writing anything."""
    limit, moment = current_app.config["EMES_API_REQUESTS_A_MINUTE"], now()
    used = found.used_since(moment)
    if shared := shared_counts().count(f"api:{found.id}", WINDOW):
        g.api_allowance = Allowance(limit, shared.used, moment + shared.left)
        if shared.used == 1:
            with transaction():
                service.note_use(found, now=moment)
    elif used >= limit and found.window_began_at is not None:
        g.api_allowance = Allowance(limit, used + 1, found.window_began_at + WINDOW)
    else:
        with transaction():
            g.api_allowance = service.count_request(found, limit=limit, now=moment)
    if g.api_allowance.is_spent:
        abort(429)


def say_limits(response: Response) -> Response:
    """What every answer says: how much is left of the minute, how to come in, and that nothing keeps it."""
    headers, allowance = response.headers, g.get("api_allowance")
    headers["Cache-Control"] = "private, no-store"
    if response.status_code == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="e-MES"'
    if isinstance(allowance, Allowance):
        left = str(allowance.seconds_left(now()))
        headers["X-RateLimit-Limit"] = str(allowance.limit)
        headers["X-RateLimit-Remaining"] = str(allowance.remaining)
        headers["X-RateLimit-Reset"] = left
        if response.status_code == 429:
            headers["Retry-After"] = left
    return response
