"""Who was given access, and was it taken back? An access token as intake knows it; the signed form follows from its claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.intake import TokenIssued, TokenRevoked
from shared.contracts.vocabulary import Role
from shared.decider import Context, Decider, Invalid, NotFound, Refused


@dataclass(frozen=True, slots=True)
class Token:
    """Folded from its events."""

    id: UUID
    issued: TokenIssued | None = None
    revoked: bool = False


@dataclass(frozen=True, slots=True)
class IssueToken:
    """`today` is the real day, which tokens expire by, whatever the product's clock says."""

    name: str
    roles: tuple[Role, ...]
    expires_on: date
    today: date
    person: str | None = None
    departments: tuple[str, ...] = ()
    head_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RevokeToken:
    reason: str


def decide(token: Token, command: IssueToken | RevokeToken, context: Context) -> Sequence[Event]:
    match command:
        case IssueToken():
            return (issue(token, command, context),)
        case RevokeToken():
            return revoke(token, command)


def issue(token: Token, command: IssueToken, context: Context) -> TokenIssued:
    if token.issued is not None:
        raise Refused("already-issued", "This token has been issued before.")
    if command.expires_on < command.today:
        raise Invalid("/expires_on", "The token would have expired already; name today or a later day.")
    _check_departments("/departments", command.departments, context)
    _check_departments("/head_of", command.head_of, context)
    return TokenIssued(
        token_id=token.id,
        name=command.name,
        person=command.person or command.name,
        roles=tuple(dict.fromkeys(command.roles)),
        departments=tuple(dict.fromkeys(command.departments)),
        head_of=tuple(dict.fromkeys(command.head_of)),
        issued_at=context.now,
        expires_on=command.expires_on,
    )


def revoke(token: Token, command: RevokeToken) -> tuple[TokenRevoked, ...]:
    """To revoke twice is to revoke once."""
    if token.issued is None:
        raise NotFound
    return () if token.revoked else (TokenRevoked(token_id=token.id, reason=command.reason),)


def _check_departments(at: str, named: Sequence[str], context: Context) -> None:
    known = context.policy.departments
    for n, department in enumerate(named):
        if department not in known:
            raise Invalid(f"{at}/{n}", f"There is no department {department}; the policy has {', '.join(known)}.")


def evolve(token: Token, event: Event) -> Token:
    match event:
        case TokenIssued():
            return replace(token, issued=event)
        case TokenRevoked():
            return replace(token, revoked=True)
        case _:
            return token


TOKEN: Decider[Token, IssueToken | RevokeToken] = Decider("token", Token, decide, evolve)
