"""Security headers of every answer: a content policy with a nonce, no framing, no sniffing, nothing of a signed-in page cached."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g, request
from flask_login import current_user


def nonce() -> str:
    """The nonce of this answer, for the few script and style elements that stand in a page."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    value: str = g.csp_nonce
    return value


def _policy() -> str:
    sources = {
        "default-src": "'none'",
        "script-src": f"'self' 'nonce-{nonce()}'",
        "style-src": f"'self' 'nonce-{nonce()}'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "media-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
        "object-src": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in sources.items())


def _add_headers(response: Response) -> Response:
    headers = response.headers
    headers.setdefault("Content-Security-Policy", _policy())
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("X-Frame-Options", "DENY")
    headers.setdefault("Referrer-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
    if request.is_secure:
        headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint not in ("static", "appbuilder.static") and "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store" if current_user.is_authenticated else "no-cache, private"
    return response


def _name_the_request() -> None:
    """An id under which the log tells of this request."""
    g.request_id = secrets.token_hex(8)


def init_app(app: Flask) -> None:
    app.before_request(_name_the_request)
    app.after_request(_add_headers)
    app.jinja_env.globals["csp_nonce"] = nonce
