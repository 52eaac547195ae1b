"""What does the product promise? The OpenAPI document: FastAPI's, plus what holds for every call and is said once, here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from shared.contracts.vocabulary import SERVICES
from shared.web.admission import admits
from shared.web.problems import TITLES

_POSITION = rf"^({'|'.join(SERVICES)})/\d{{1,5}}/\d{{1,18}}$"
_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` ends with the rule or the kind of problem; `errors` says what is wrong where.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["/problems/meeting-first"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "trace": {"type": "string", "description": "Name it when you report the problem."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "message"],
                "properties": {"at": {"type": "string", "description": "JSON pointer"}, "message": {"type": "string"}},
            },
        },
    },
}
_MIN_POSITION = {
    "name": "min_position",
    "in": "query",
    "description": "Wait up to 5 s until the answering service has seen these positions, as commands answer them.",
    "schema": {"type": "array", "maxItems": 100, "items": {"type": "string", "pattern": _POSITION}},
}
_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "description": "The language of labels and titles: zh-CN or en.",
    "schema": {"type": "string"},
}
_COMMAND = (
    {
        "name": "Idempotency-Key",
        "in": "header",
        "description": "The same key and body give the first answer again, for ever.",
        "schema": {"type": "string", "pattern": r"^[\x21-\x7e]{1,200}$"},
    },
    {
        "name": "If-Match",
        "in": "header",
        "description": 'The version to be changed, as the ETag says it: `"3"`.',
        "schema": {"type": "string", "pattern": r'^(\*|(W/)?"\d{1,9}")$'},
    },
)
_ALWAYS = (400, 404, 422, 429, 503, 504)
_WITH_TOKEN = (401, 403)
_WITH_BODY = (409, 412, 413, 415)
_WRITING = frozenset(("post", "put", "patch", "delete"))


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        _share(made.setdefault("components", {}))
        open_calls = {(route.path_format, method.lower()) for route in _routes(app) if not admits(route) for method in route.methods or ()}
        for path, calls in made.get("paths", {}).items():
            for method, call in calls.items():
                _complete(call, method, needs_token=(path, method) not in open_calls)
        app.openapi_schema = made
    return app.openapi_schema


def merged(documents: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One OpenAPI document of several; paths never overlap, equal schema names mean equal schemas."""
    whole: dict[str, Any] = {**documents[0], "info": {"title": "Redress", "version": "1"}, "paths": {}}
    whole["components"] = {}
    for document in documents:
        whole["paths"].update(document.get("paths", {}))
        for kind, named in document.get("components", {}).items():
            whole["components"].setdefault(kind, {}).update(named)
    return whole


def _routes(app: FastAPI) -> list[Any]:
    return [route for route in app.routes if hasattr(route, "dependant")]


def _share(parts: dict[str, Any]) -> None:
    """What calls refer to."""
    schemas = parts.setdefault("schemas", {})
    schemas["Problem"] = _PROBLEM
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {title.name: {"description": title.en, "content": content} for title in TITLES.values()}
    parts["parameters"] = {parameter["name"]: parameter for parameter in (_MIN_POSITION, _LANGUAGE, *_COMMAND)}
    parts["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}


def _complete(call: dict[str, Any], method: str, *, needs_token: bool) -> None:
    writes = method in _WRITING
    parameters = (_MIN_POSITION, _LANGUAGE, *(_COMMAND if writes else ()))
    call.setdefault("parameters", []).extend({"$ref": f"#/components/parameters/{parameter['name']}"} for parameter in parameters)
    if needs_token:
        call["security"] = [{"bearer": []}]
    answers = call.setdefault("responses", {})
    for status in (*_ALWAYS, *(_WITH_TOKEN if needs_token else ()), *(_WITH_BODY if writes else ())):
        answers[str(status)] = {"$ref": f"#/components/responses/{TITLES[status].name}"}
