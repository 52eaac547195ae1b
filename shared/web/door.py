"""What makes a door quick? Who calls is settled before the body is read, and our own parameters bypass FastAPI's solver.

Each dependency costs FastAPI a sixth of an empty call (measured); `allow`, `Do` and `Serving` stand at nearly every door.
They are ordinary dependencies to whoever does not know them.
"""

from __future__ import annotations

import difflib
import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Set
from typing import Any, Protocol, get_args, runtime_checkable

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from shared.web.invalid import SHOWN, pointer
from shared.web.problems import invalid

_REQUEST = "request_at_the_door"
_EVERYWHERE = frozenset(("min_position",))


@runtime_checkable
class AtTheDoor(Protocol):
    """A dependency that needs the request and nothing else, and never waits."""

    def value(self, request: Request) -> Any: ...


@runtime_checkable
class Bars(Protocol):
    """One that may turn the caller away; asked before anything of the request is read."""

    def check(self, request: Request) -> None: ...


@runtime_checkable
class AnswersBefore(Protocol):
    """One that may know the answer already; asked before the door's own checks."""

    async def before(self, request: Request) -> Response | None: ...


class Door(APIRoute):
    """A route as `create_app` makes it of those on the routers. Its parameters are all there are: a misspelt filter would show everything."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        ours = _ours(endpoint)
        self.bars = [dependency for dependency in ours.values() if isinstance(dependency, Bars)]
        self.answering = [dependency for dependency in ours.values() if isinstance(dependency, AnswersBefore)]
        super().__init__(path, _called_with(endpoint, ours) if ours else endpoint, **options)
        self.parameters = _EVERYWHERE | set(_query_names(self.dependant))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        bars, answering = self.bars, self.answering

        async def handler(request: Request) -> Response:
            for bar in bars:
                bar.check(request)
            if request.scope["query_string"] and self.path.startswith("/api/"):
                _check_names(request.query_params.keys(), self.parameters)
            for one in answering:
                if (known := await one.before(request)) is not None:
                    return known
            return await handle(request)

        return handler


def door(route: BaseRoute) -> BaseRoute:
    """The same route as a door."""
    if not isinstance(route, APIRoute) or isinstance(route, Door):
        return route
    options = inspect.signature(APIRoute.__init__).parameters.keys() - {"self"}
    return Door(**{name: getattr(route, name) for name in options})


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (field.alias for field in dependant.query_params)
    for one in dependant.dependencies:
        yield from _query_names(one)


def _check_names(given: Iterable[str], known: Set[str]) -> None:
    unknown = sorted(set(given) - known)
    if unknown:
        raise invalid((pointer([name]), _unknown(name, known)) for name in unknown[:SHOWN])


def _unknown(name: str, known: Set[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1)
    return (
        f"This parameter is not known here; did you mean {near[0]}?"
        if near
        else f"This parameter is not known here; there are {', '.join(sorted(known))}."
    )


def _ours(endpoint: Callable[..., Any]) -> dict[str, AtTheDoor]:
    found: dict[str, AtTheDoor] = {}
    for name, parameter in inspect.signature(endpoint, eval_str=True).parameters.items():
        for mark in get_args(parameter.annotation):
            if isinstance(mark, Depends) and isinstance(mark.dependency, AtTheDoor):
                found[name] = mark.dependency
    return found


def _called_with(endpoint: Callable[..., Awaitable[Any]], ours: dict[str, AtTheDoor]) -> Callable[..., Awaitable[Any]]:
    """The endpoint as FastAPI sees it: without our parameters, but with the request they are made of."""
    signature = inspect.signature(endpoint, eval_str=True)
    others = [parameter for name, parameter in signature.parameters.items() if name not in ours]
    its_own = next((parameter.name for parameter in others if parameter.annotation is Request), None)  # FastAPI gives it to one only
    if its_own is None:
        others.append(inspect.Parameter(_REQUEST, inspect.Parameter.KEYWORD_ONLY, annotation=Request))

    @functools.wraps(endpoint)
    async def call(**values: Any) -> Any:
        given: Request = values.pop(_REQUEST) if its_own is None else values[its_own]
        for name, dependency in ours.items():
            values[name] = dependency.value(given)
        return await endpoint(**values)

    call.__signature__ = signature.replace(parameters=others)  # type: ignore[attr-defined]  # how inspect, and so FastAPI, is told
    return call
