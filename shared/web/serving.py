"""Which service answers this request? The one the app was made for; doors find everything they need on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, cast

from fastapi import Depends, Request

if TYPE_CHECKING:
    from shared.service import Service


def serving(request: Request) -> Service:
    """The service of this app."""
    return cast("Service", request.app.state.service)


class _Served:
    """What stands behind `Serving`."""

    async def __call__(self, request: Request) -> object:
        return serving(request)

    def value(self, request: Request) -> object:
        return serving(request)


if TYPE_CHECKING:
    Serving = Annotated[Service, Depends(_Served())]
else:
    Serving = Annotated[object, Depends(_Served())]  # the class is made by what imports this; the door only needs the value
