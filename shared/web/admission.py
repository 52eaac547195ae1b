"""May this caller make this call? `allow("desk", "quality")` at the door; no role named means: anybody with a good token."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from shared.access import NotAdmitted, Principal
from shared.contracts.vocabulary import Role
from shared.web.problems import Problem
from shared.web.serving import serving


class Admission:
    """What stands behind `allow`. It leaves word in the scope of who acts, and in which role."""

    def __init__(self, roles: tuple[Role, ...]) -> None:
        self.roles = roles

    async def __call__(self, request: Request) -> Principal:
        self.check(request)
        return self.value(request)

    def check(self, request: Request) -> None:
        """Turns away who may not make the call."""
        who = admitted(request)
        role = who.role_among(self.roles)
        if role is None:
            raise Problem(403, f"This call is for {_listed(self.roles)}. Your token says {_listed(who.roles)}.")
        request.scope["redress.role"] = role

    def value(self, request: Request) -> Principal:
        who: Principal = request.scope["redress.principal"]
        return who


def allow(*roles: Role) -> Any:
    """The dependency that lets these roles in and answers the Principal. The first of them that a token has is the one that acts."""
    return Depends(Admission(roles))


def admitted(request: Request) -> Principal:
    """Who carries the token of this request, whatever the role. Raises NotAdmitted or NotCurrent."""
    header = request.headers.get("authorization", "")
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotAdmitted("Send a token: `Authorization: Bearer <token>`. An administrator issues it.")
    who = serving(request).access.admit(token.strip())
    request.scope["redress.principal"] = who
    return who


def _listed(roles: tuple[Role, ...]) -> str:
    return ", ".join(roles[:-1]) + f" or {roles[-1]}" if len(roles) > 1 else roles[0]


Admitted = Annotated[Principal, allow()]


def admits(route: Any) -> bool:
    """Whether this route asks for a token."""
    asked = [dependency.call for dependency in route.dependant.dependencies]
    return any(isinstance(one, Admission) for one in (*asked, *getattr(route, "bars", ())))
