"""What programs read with an access token: routes made of the resources, and the OpenAPI document made of the same."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from marshmallow import fields

from app.api import access, parameters
from app.api.document import document
from app.api.resources import RESOURCES, Resource
from app.api.schemas import Answer
from app.requests import API_PREFIX

NAME = "api"


class OpenApi(Answer):
    """The document itself, in the words of the OpenAPI specification."""

    openapi = fields.String(required=True)

    class Meta:
        unknown = "include"


@cache
def _document(base_url: str) -> dict[str, Any]:
    return document(ALL, base_url)


def openapi() -> Response:
    parameters.read(parameters.Nothing)
    return jsonify(_document(current_app.config["EMES_BASE_URL"]))


ALL = [
    *RESOURCES,
    Resource("/openapi.json", openapi, parameters.Nothing, OpenApi, "This description, as OpenAPI 3.1", is_public=True),
]
_PUBLIC = {f"{NAME}.{resource.name}" for resource in ALL if resource.is_public}


def _admit() -> None:
    if request.endpoint not in _PUBLIC:
        access.admit()


def init_app(app: Flask) -> None:
    """Register the routes. Every one but the public ones asks for a token."""
    api = Blueprint(NAME, __name__, url_prefix=API_PREFIX)
    api.before_request(_admit)
    api.after_request(access.say_limits)
    for resource in ALL:
        api.add_url_rule(resource.rule, resource.name, resource.handler, strict_slashes=False)
    app.register_blueprint(api)
