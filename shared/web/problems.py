"""How are callers told that something is wrong? As `application/problem+json` (RFC 9457): what, which rule, what to do now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Scope

from shared.access import NotAdmitted, NotCurrent
from shared.decider import Invalid, NotFound, Refused
from shared.policy import PolicyUnknown
from shared.progress import NotCaughtUp
from shared.store.appender import IdempotencyMismatch, VersionConflict
from shared.store.scribe import EventTooLarge
from shared.web.invalid import invalid_fields, unknown_id, unreadable
from shared.web.language import Language, language_of


@dataclass(frozen=True, slots=True)
class Title:
    """The name of a kind of problem, and what people read."""

    name: str
    en: str
    zh: str

    def text(self, language: Language) -> str:
        return self.zh if language == "zh-CN" else self.en


TITLES: Mapping[int, Title] = {
    400: Title("unreadable", "The request cannot be read", "请求无法读取"),
    401: Title("unauthenticated", "A good token is needed", "需要有效的令牌"),
    403: Title("forbidden", "Your role may not make this call", "您的角色无权进行此操作"),
    404: Title("not-found", "Not found", "未找到"),
    405: Title("method-not-allowed", "There is no such call at this address", "此地址不支持该方法"),
    409: Title("refused", "A rule forbids this now", "规则目前不允许此操作"),
    412: Title("version-conflict", "Somebody else was faster", "数据已被他人更改"),
    413: Title("too-large", "The request is too large", "请求过大"),
    415: Title("not-json", "The body must be JSON", "请求体必须是 JSON"),
    422: Title("invalid", "Some fields are invalid", "部分字段无效"),
    429: Title("too-many", "Too many attempts", "尝试次数过多"),
    500: Title("internal", "Something went wrong on our side", "系统内部错误"),
    503: Title("unavailable", "Not available at the moment", "暂时不可用"),
    504: Title("not-caught-up", "Not caught up yet", "数据尚未同步"),
}


class Problem(Exception):
    """An answer that is not the one hoped for. `kind` is the end of its type; by default the status says it."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        kind: str | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status if status in TITLES else 400 if status < 500 else 500
        self.kind = kind or TITLES[self.status].name
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})


_UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a server that dies in the middle of an answer confuses the driver
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.LockNotAvailableError,
    asyncpg.TransactionRollbackError,
    ConnectionError,
    TimeoutError,
)


def as_problem(error: BaseException, model: object = None) -> Problem:
    """What a caller is told of an error; `model` is the body's, if there is one. What is not foreseen says nothing of itself."""
    match error:
        case Problem():
            return error
        case Refused(rule=rule, detail=detail):
            return Problem(409, detail, kind=rule)
        case Invalid(at=at, message=message):
            return invalid([(at, message)])
        case RequestValidationError():
            return _not_valid(error, model)
        case NotFound():
            return Problem(404, "There is nothing here, or nothing you may see.")
        case VersionConflict():
            return Problem(412, "It has changed since you read it. Read it again, then decide.")
        case IdempotencyMismatch():
            detail = "This Idempotency-Key was used before with another body. Use a new key for a new request."
            return Problem(409, detail, kind="idempotency-mismatch")
        case EventTooLarge():
            return Problem(413, "All texts together are too long for one entry. Shorten them or send them in parts.")
        case NotCaughtUp():
            detail = "The position you gave was not reached within 5 seconds. Ask again."
            return Problem(504, detail, headers={"retry-after": "1"})
        case NotAdmitted():
            return Problem(401, str(error), headers={"www-authenticate": 'Bearer realm="redress"'})
        case NotCurrent():
            return Problem(503, str(error), headers={"retry-after": "1"})
        case HTTPException(status_code=status, headers=headers):
            return Problem(status, _DETAILS.get(status, "The request cannot be answered."), headers=headers)
        case PolicyUnknown():
            detail = "A policy was adopted a moment ago and is not known everywhere yet. Ask again."
            return Problem(503, detail, headers={"retry-after": "1"})
        case asyncpg.DiskFullError():
            detail = "There is no space left to store anything. Nothing was changed; ask again when an operator has made room."
            return Problem(503, detail, headers={"retry-after": "60"})
        case _ if isinstance(error, _UNREACHABLE):
            return Problem(
                503,
                "The database cannot be reached at the moment. If this was to change something, ask again with the same Idempotency-Key: it is done once.",
                headers={"retry-after": "1"},
            )
        case _:
            return Problem(500, "This was not foreseen. Report it with the number under `trace`.")


_DETAILS = {
    400: "The body is not JSON in UTF-8.",
    404: "There is nothing at this address.",
    405: "There is nothing at this address for this method.",
    413: "The body is too large.",
}


def invalid(errors: Iterable[tuple[str, str]]) -> Problem:
    """422 with what is wrong where; `at` is a JSON pointer into the body, or the name of a parameter behind a slash."""
    found = [{"at": at, "message": message} for at, message in errors]
    detail = f"{found[0]['at'] or 'The body'}: {found[0]['message']}" if found else "The fields do not fit."
    return Problem(422, detail, errors=found)


def _not_valid(error: RequestValidationError, model: object) -> Problem:
    if unreadable(error):
        return Problem(400, _DETAILS[400])
    if unknown_id(error):
        return Problem(404, "There is nothing here, or nothing you may see.")
    return invalid(invalid_fields(error, model))


def problem_body(problem: Problem, language: Language = "en", *, instance: str | None = None, trace: str | None = None) -> dict[str, Any]:
    """The problem as JSON; also what stands under `problem` in the result of a batch."""
    body: dict[str, Any] = {
        "type": f"/problems/{problem.kind}",
        "title": TITLES[problem.status].text(language),
        "status": problem.status,
        "detail": problem.detail,
    }
    if instance is not None:
        body["instance"] = instance
    if trace is not None:
        body["trace"] = trace
    if problem.errors or problem.status == 422:
        body["errors"] = list(problem.errors)
    return body


def problem_response(scope: Scope, problem: Problem) -> Response:
    """The problem as an answer to this request."""
    language = language_of(scope)
    trace = scope.get("redress.trace")
    body = problem_body(problem, language, instance=scope["path"], trace=trace.id if trace is not None else None)
    headers = {"content-language": language, **problem.headers}
    return Response(orjson.dumps(body), problem.status, headers, "application/problem+json")
