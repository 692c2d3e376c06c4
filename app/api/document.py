"""The OpenAPI document, made of the resources and the schemas that write their answers."""

from __future__ import annotations

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from apispec.ext.marshmallow.common import resolve_schema_cls

from app.api.resources import CSV, Resource
from app.api.schemas import FaultAnswer
from app.requests import API_PREFIX

JSON = "application/json"
_SCHEME = "bearer"
_REFUSALS = {
    401: "no living access token",
    403: "your role or an open review of yours forbids it",
    404: "nothing there, or another office's",
    422: "parameters missing, unknown or out of bounds",
    429: "more requests than the token is good for in a minute; Retry-After says in how many seconds",
}
_ABOUT = (
    "Read-only. A token reads what its owner may read: people of an office the rows of the office, people of the centre those of all. "
    "Moments are ISO 8601 with their offset, figures decimal text, levels whole numbers. Results are the published ones."
)
_PLACE = re.compile(r"<(\w+)>")


def _named(schema: Any) -> str:
    """A schema goes by the name of its class."""
    found: Any = resolve_schema_cls(schema)
    return str(found.__name__)


def document(resources: list[Resource], base_url: str) -> dict[str, Any]:
    """OpenAPI 3.1 of these resources, as JSON data."""
    spec = APISpec(
        title="e-MES",
        version="1",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_named)],
        info={"description": _ABOUT},
        servers=[{"url": base_url + API_PREFIX}],
    )
    spec.components.security_scheme(_SCHEME, {"type": "http", "scheme": "bearer"})
    for resource in resources:
        spec.path(path=_PLACE.sub(r"{\1}", resource.rule), operations={"get": _operation(resource)})
    return spec.to_dict()


def _operation(resource: Resource) -> dict[str, Any]:
    places = [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}} for name in _PLACE.findall(resource.rule)
    ]
    content: dict[str, Any] = {JSON: {"schema": resource.answers}}
    if resource.has_csv:
        content[CSV] = {"schema": {"type": "string"}}
    refusals = _REFUSALS if not resource.is_public else {422: _REFUSALS[422]}
    return {
        "operationId": resource.name,
        "summary": resource.summary,
        "parameters": [*places, {"in": "query", "schema": resource.asks}],
        "security": [] if resource.is_public else [{_SCHEME: []}],
        "responses": {
            "200": {"description": resource.summary, "content": content},
            **{str(status): _refusal(said) for status, said in refusals.items()},
        },
    }


def _refusal(said: str) -> dict[str, Any]:
    return {"description": said, "content": {JSON: {"schema": FaultAnswer}}}
