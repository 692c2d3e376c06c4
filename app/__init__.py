"""e-MES: offices report against policy indicators with evidence, the centre scores and reflects the results."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app import (
    api,
    cli,
    cli_doctor,
    cli_moving,
    clock,
    errors,
    extensions,
    formatting,
    headers,
    icons,
    identity,
    locale,
    logs,
    metrics,
    oidc,
    previews,
    requests,
    sealing,
    shared_counts,
    signing,
    storage,
    turns,
    views,
)
from app.domain.calendar import use_zone
from app.templating import Pages
from app.views import room


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application, put together in reading order. `overrides` replaces settings, for tests."""
    import config

    app = Pages(__name__)
    app.config.update(config.settings())
    app.config.update(overrides or {})
    use_zone(app.config["EMES_TIMEZONE"])

    metrics.init_app(app)  # how often and how fast each endpoint answers
    clock.init_app(app)  # one clock for all processes and hosts
    turns.init_app(app)  # who comes beyond what can be served is told so
    logs.init_app(app)  # one line an event, no personal data
    requests.init_app(app)  # how a body is read: bounded, uploads streamed into the store
    headers.init_app(app)  # security headers with a nonce per answer
    storage.init_app(app)  # where evidence lies
    previews.init_app(app)  # what is shown of evidence, drawn anew
    shared_counts.init_app(app)  # what all processes count together
    signing.init_app(app)  # the key with which the server vouches for what it wrote
    sealing.init_app(app)  # the keys with which secrets are kept
    oidc.init_app(app)  # who else may say who somebody is
    formatting.init_app(app)  # dates, numbers and sizes as people write them
    icons.init_app(app)  # inlined, only those used
    identity.init_app(app)  # who is signed in, and whether the screen opens for them
    room.init_app(app)  # an office's room, asked before a body is read
    extensions.init_app(app)  # database, migrations, tokens against forged requests
    errors.init_app(app)  # what a person reads when something goes wrong
    with app.app_context():
        views.init_app(app)  # every screen, the framework's and ours
    api.init_app(app)  # what programs read with an access token
    locale.init_app(app)  # Thai first, English on request
    cli.init_app(app)  # operators' commands
    cli_doctor.init_app(app)  # the one that says what is wrong
    cli_moving.init_app(app)  # and those that move it
    metrics.count_endpoints(app)  # all of them are known by now
    return app
