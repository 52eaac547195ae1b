"""What exactly is wrong with these fields? Each place as a JSON pointer, each message as a sentence, never the value itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel

SHOWN = 50  # errors told of one request

_MESSAGES = {
    "missing": "This field is required.",
    "string_too_short": "This must not be empty.",
    "string_pattern_mismatch": "This does not have the right form, or is blank.",
    "string_unicode": "This is not valid Unicode text.",
    "model_attributes_type": "This must be an object.",
    "model_type": "This must be an object.",
    "dict_type": "This must be an object.",
}


def unreadable(error: RequestValidationError) -> bool:
    """Whether the body was no JSON at all."""
    return any(e["type"] == "json_invalid" for e in error.errors())


def unknown_id(error: RequestValidationError) -> bool:
    """Whether the path names an id that cannot exist: then there is nothing there."""
    return any(e["loc"][:1] == ("path",) and e["type"].startswith("uuid") for e in error.errors())


def invalid_fields(error: RequestValidationError, model: object = None) -> Iterator[tuple[str, str]]:
    """Place and message of each error. `model` is the body's, for naming the field that was probably meant."""
    for e in error.errors()[:SHOWN]:
        place = e["loc"][1:] if e["loc"] and e["loc"][0] in ("body", "query", "header", "path", "cookie") else e["loc"]
        yield pointer(place), _message(e, place, model)


def pointer(place: Sequence[str | int]) -> str:
    """RFC 6901; empty means the whole body."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _message(error: Mapping[str, Any], place: Sequence[str | int], model: object) -> str:
    kind = error["type"]
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(str(place[-1]), _fields_at(model, place[:-1]), n=1)
        return f"This field is not known here; did you mean {near[0]}?" if near else "This field is not known here."
    message = _MESSAGES.get(kind) or str(error["msg"]).removeprefix("Value error, ")
    return message if message.endswith((".", "?")) else f"{message}."


def _fields_at(model: object, place: Sequence[str | int]) -> list[str]:
    """The names of the fields that an object at this place may have."""
    found = next(_models(model), None)
    for part in place:
        if found is None or isinstance(part, int):
            continue
        field = found.model_fields.get(part)
        found = next(_models(field.annotation), None) if field is not None else None
    return list(found.model_fields) if found is not None else []


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
