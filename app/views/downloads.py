"""Giving stored files back: always under their own name, never able to run on our origin."""

from __future__ import annotations

from flask import Response, abort, current_app, send_file

from app.storage import evidence_store

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; frame-ancestors 'self'"


def send_stored(key: str, *, name: str, media_type: str, inline: bool) -> Response:
    """A file of the store with its original name. Ranges work, so that clips can be sought; `inline` only for kinds that may."""
    try:
        path = evidence_store().path(key)
        response = send_file(
            path,
            mimetype=media_type,
            as_attachment=not inline,
            download_name=name,
            conditional=True,
            etag=key,
            max_age=0,
        )
    except FileNotFoundError:
        current_app.logger.error("file missing in the store: %s", key)
        abort(404)
    response.headers["Cache-Control"] = "private, no-store"
    # The browser's own PDF viewer does not work inside a sandbox; a PDF is shown without scripts of ours around it.
    if media_type != "application/pdf":
        response.headers["Content-Security-Policy"] = SANDBOX
    return response
