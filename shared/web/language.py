"""In which language does the caller read? For labels and titles; codes are never translated."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from fastapi import Request
from starlette.types import Scope

Language = Literal["zh-CN", "en"]


def language(request: Request) -> Language:
    """The caller's language, from Accept-Language; English when none of ours is asked for."""
    return preferred(request.headers.get("accept-language"))


def language_of(scope: Scope) -> Language:
    """The same for a bare ASGI request."""
    found = next((value for name, value in scope["headers"] if name == b"accept-language"), None)
    return preferred(None if found is None else found.decode("latin-1"))


def preferred(accepted: str | None) -> Language:
    """The first of our languages in the order of the caller's weights."""
    if not accepted:
        return "en"
    for tag in _by_weight(accepted.lower().split(",")[:20]):
        if tag == "zh" or tag.startswith("zh-"):
            return "zh-CN"
        if tag == "en" or tag.startswith("en-"):
            return "en"
    return "en"


def _by_weight(ranges: Iterable[str]) -> list[str]:
    weighted: list[tuple[float, str]] = []
    for one in ranges:
        tag, _, parameter = one.strip().partition(";")
        weight = parameter.strip().removeprefix("q=")
        try:
            weighted.append((-(float(weight) if weight else 1.0), tag.strip()))
        except ValueError:
            continue
    return [tag for weight, tag in sorted(weighted, key=lambda pair: pair[0]) if weight < 0]
