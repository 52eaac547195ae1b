"""Which service answers this request? The one the app was made for; doors find everything they need on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

if TYPE_CHECKING:
    from shared.service import Service


def serving(request: Request) -> Service:
    """The service of this app."""
    return cast("Service", request.app.state.service)


async def _serving(request: Request) -> Service:
    return serving(request)


if TYPE_CHECKING:
    Serving = Annotated[Service, Depends(_serving)]
else:
    Serving = Annotated[object, Depends(_serving)]  # the class is made by what imports this; the door only needs the value
