"""What is around a service's doors? One app: the edge, the doors, and one way to say that something is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match

from shared.web.door import door
from shared.web.edge import Observed, Readable, Waiting
from shared.web.openapi import document
from shared.web.problems import as_problem, problem_response
from shared.web.replies import Reply

if TYPE_CHECKING:
    from shared.service import Service

_NO_TELEMETRY: Any = {"tracing": False, "metrics": False, "logs": False, "operation_spans": False}  # 15 % of an empty call, measured


def create_app(service: Service, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The app of one service. Routes are added as they are: a router included as such is searched twice for each request."""
    app = FastAPI(
        title=f"Redress: {service.name}",
        version="1",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        default_response_class=Reply,
        telemetry=_NO_TELEMETRY,
    )
    app.state.service = service
    app.state.idempotency = service.keys.derive("idempotency")
    for router in routers:
        app.router.routes.extend(door(route) for route in router.routes)
    app.add_exception_handler(RequestValidationError, _answered)
    app.add_exception_handler(HTTPException, _answered)
    app.add_middleware(Waiting, service=service)
    app.add_middleware(Readable)
    app.add_middleware(Observed, service=service.name)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's own way to change it
    return app


async def _answered(request: Request, error: Exception) -> Response:
    body = getattr(request.scope.get("route"), "body_field", None)
    problem = as_problem(error, body.field_info.annotation if body is not None else None)
    if problem.status == 405:
        problem.headers = {"allow": _allowed(request)}
    return problem_response(request.scope, problem)


def _allowed(request: Request) -> str:
    """All methods of this address; the router knows only those of the first door it found there."""
    here = [route for route in request.app.router.routes if route.matches(request.scope)[0] is not Match.NONE]
    nearest = min((route.path for route in here), key=lambda path: path.count("{"))  # `/lookup` is no `/{id}`
    return ", ".join(sorted(set().union(*(route.methods for route in here if route.path == nearest))))
