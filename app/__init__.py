"""e-MES: offices report against policy indicators with evidence, the centre scores and reflects the results."""

from __future__ import annotations

from typing import Any

from flask import Flask

from app import (
    api,
    cli,
    clock,
    errors,
    extensions,
    formatting,
    headers,
    icons,
    identity,
    locale,
    logs,
    previews,
    requests,
    signing,
    storage,
    views,
)
from app.domain.calendar import use_zone


def create_app(overrides: dict[str, Any] | None = None) -> Flask:
    """The application, put together in reading order. `overrides` replaces settings, for tests."""
    import config

    app = Flask(__name__)
    app.config.update(config.settings())
    app.config.update(overrides or {})
    use_zone(app.config["EMES_TIMEZONE"])

    clock.init_app(app)  # one clock for all processes and hosts
    logs.init_app(app)  # one line an event, no personal data
    requests.init_app(app)  # how a body is read: bounded, uploads streamed into the store
    headers.init_app(app)  # security headers with a nonce per answer
    storage.init_app(app)  # where evidence lies
    previews.init_app(app)  # what is shown of evidence, drawn anew
    signing.init_app(app)  # the key with which the server vouches for what it wrote
    formatting.init_app(app)  # dates, numbers and sizes as people write them
    icons.init_app(app)  # inlined, only those used
    identity.init_app(app)  # who is signed in, and whether the screen opens for them
    extensions.init_app(app)  # database, migrations, tokens against forged requests
    errors.init_app(app)  # what a person reads when something goes wrong
    with app.app_context():
        views.init_app(app)  # every screen, the framework's and ours
    api.init_app(app)  # what programs read with an access token
    locale.init_app(app)  # Thai first, English on request
    cli.init_app(app)  # operators' commands
    return app
