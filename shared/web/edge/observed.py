"""How did each request go? Its trace, its duration by route, a line in the log when it failed; and every answer says no-store."""

from __future__ import annotations

import asyncio
import time
import traceback
from functools import cache

import structlog
from prometheus_client import Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.web.edge.trace import Trace, continued
from shared.web.problems import Problem, as_problem, problem_response

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
_TOLD = frozenset((401, 403, 429))  # worth a line though nothing is broken: somebody may be trying

log = structlog.get_logger("redress.web")


@cache
def request_seconds() -> Histogram:
    """One histogram for all services of this process."""
    labels = ("service", "method", "route", "status")
    return Histogram("redress_http_request_seconds", "Time until an answer begins", labels, buckets=_BUCKETS)


class Observed:
    """The outermost layer: whatever happens inside ends as an answer here."""

    def __init__(self, app: ASGIApp, service: str) -> None:
        self._app = app
        self._service = service
        self._measured: dict[tuple[str, str, int], Histogram] = {}
        self._silent: dict[str, float] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        trace = continued(next((value for name, value in scope["headers"] if name == b"traceparent"), None))
        scope["redress.trace"] = trace
        started = False

        async def told(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message["headers"] = _with_ours(message.get("headers", ()), trace)
                self._note(scope, message["status"], time.perf_counter() - began, trace)
            await send(message)

        try:
            await self._app(scope, receive, told)
        except asyncio.CancelledError:  # only a server that stops does that; left alone it would say 500
            if started:
                raise
            await problem_response(scope, Problem(503, "This process is stopping. Ask again."))(scope, receive, told)
        except Exception as error:
            problem = as_problem(error)
            if problem.status >= 500:
                self._blame(error, scope, trace, problem.status)
            if started:
                raise  # half an answer is out; only breaking the connection tells the caller
            await problem_response(scope, problem)(scope, receive, told)

    def _note(self, scope: Scope, status: int, seconds: float, trace: Trace) -> None:
        route = getattr(scope.get("route"), "path", "(none)")
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        measured = self._measured.get((method, route, status))
        if measured is None:
            measured = request_seconds().labels(self._service, method, route, str(status))
            self._measured[method, route, status] = measured
        measured.observe(seconds)
        if status in _TOLD:
            who = scope.get("redress.principal")
            token = str(who.token_id) if who is not None else None
            log.warning("refused", service=self._service, method=method, route=route, status=status, trace=trace.id, token=token)

    def _blame(self, error: Exception, scope: Scope, trace: Trace, status: int) -> None:
        """Where it broke, in ids and places; messages of exceptions may hold people's data and are left out."""
        name, route = type(error).__name__, getattr(scope.get("route"), "path", "(none)")
        told = {"service": self._service, "method": scope["method"], "route": route, "trace": trace.id, "error": name}
        if status == 500:
            places = [(frame.f_code, line) for frame, line in traceback.walk_tb(error.__traceback__)][-6:]
            log.error("failed", **told, where=[f"{code.co_filename.rpartition('/')[2]}:{line} {code.co_name}" for code, line in places])
        elif time.monotonic() >= self._silent.get(name, 0):  # an outage fails every request; one line a second says so
            self._silent[name] = time.monotonic() + 1
            log.warning("unavailable", **told, status=status)


def _with_ours(headers: list[tuple[bytes, bytes]], trace: Trace) -> list[tuple[bytes, bytes]]:
    ours = [(b"traceparent", trace.parent.encode()), (b"x-content-type-options", b"nosniff")]
    if not any(name == b"cache-control" for name, _ in headers):
        ours.append((b"cache-control", b"no-store"))
    return [*headers, *ours]
