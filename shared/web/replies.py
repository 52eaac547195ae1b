"""How is an answer written? JSON in UTF-8, made once, with the stream's version as ETag."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.responses import Response

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


class Reply(Response):
    """A finished JSON answer; FastAPI passes it through untouched."""

    media_type = "application/json"


def reply(body: Any, status: int = 200, *, version: int | None = None, headers: dict[str, str] | None = None) -> Reply:
    """The answer with this body. Times, dates, UUIDs and pydantic models may stand in it as they are."""
    answer = Reply(orjson.dumps(body, default=_plain, option=_OPTIONS), status, headers)
    if version is not None:
        answer.headers["etag"] = f'"{version}"'
    return answer


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
