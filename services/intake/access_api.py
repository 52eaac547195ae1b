"""Which calls give and take access? `/api/v1/access`: tokens, who one is, and who read what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field

from services.intake.issuing import signed, today
from services.intake.token import TOKEN, IssueToken, RevokeToken
from services.intake.views import data_reads, tokens
from shared.access import Principal, may
from shared.contracts.vocabulary import Role
from shared.ids import new_id
from shared.sealing import Opened, opened
from shared.web import Admitted, Body, Code, Day, Do, DoPart, FreeText, Many, Page, Paging, Receipt, Serving, allow, as_of, listed, reply
from shared.web.replies import Reply

router = APIRouter(prefix="/api/v1/access", tags=["access"])

Administrator = Annotated[Principal, allow("admin")]
Auditor = Annotated[Principal, allow("auditor", "admin")]


class TokenBody(Body):
    """Whom to give access. `person` is the person behind it, by default the name; two tokens of one person are one person."""

    name: Code
    person: Code | None = None
    roles: Annotated[tuple[Role, ...], Field(min_length=1, max_length=20)]
    departments: Many[Code] = ()
    head_of: Many[Code] = ()
    expires_on: Day


class RevocationBody(Body):
    """Why a token is taken back."""

    reason: FreeText


class TokenReceipt(Receipt):
    token: str


@router.post("/tokens", status_code=201, response_model=TokenReceipt)
async def issue(body: TokenBody, who: Administrator, service: Serving, do: DoPart) -> Reply:
    """The token is shown here only. It follows from its claims, so a repeat with the same Idempotency-Key shows the same."""
    command = IssueToken(body.name, body.roles, body.expires_on, today(service), body.person, body.departments, body.head_of)
    done = await do.decided(TOKEN, new_id(), command, status=201, new=True)
    token = await signed(service, UUID(done.body["id"]))
    return reply({**done.body, "token": token}, done.status, version=done.version)


@router.delete("/tokens/{token_id}", response_model=Receipt)
async def revoke(token_id: UUID, body: RevocationBody, who: Administrator, service: Serving, do: Do) -> Reply:
    """Here at once, in every service within 5 s."""
    done = await do(TOKEN, token_id, RevokeToken(body.reason))
    service.access.revocations.add([token_id])
    return done


@router.get("/tokens")
async def list_tokens(who: Administrator, service: Serving, page: Paging) -> Reply:
    """All tokens, the newest first; never the tokens themselves."""
    known = await as_of(service, service.pool)
    rows = await tokens.page(service.pool, _place(page), page.limit + 1)
    rows, following = page.cut(rows, lambda row: (row["issued_at"].isoformat(), row["token_id"]))
    reasons = await opened(service.vault, service.pool, [row["reason"] for row in rows])
    return listed([_token(row, reason) for row, reason in zip(rows, reasons, strict=True)], following, known)


@router.get("/me")
async def me(who: Admitted) -> Reply:
    """Who the token says I am, and what I may do."""
    return reply(
        {
            "id": who.token_id,
            "name": who.name,
            "person": who.person,
            "roles": who.roles,
            "departments": sorted(who.departments),
            "head_of": sorted(who.head_of),
            "expires_at": who.expires_at,
            "may": may(who),
        }
    )


@router.get("/records")
async def records(
    who: Auditor,
    service: Serving,
    page: Paging,
    subject: Annotated[UUID | None, Query(description="The complaint that was read.")] = None,
    person: Annotated[str | None, Query(max_length=100, description="Who read.")] = None,
) -> Reply:
    """Who was shown which personal data, and who took data out, of whichever service; the newest first."""
    known = await as_of(service, service.pool)
    rows = await data_reads.page(service.pool, subject, person, _place(page), page.limit + 1)
    rows, following = page.cut(rows, lambda row: (row["at"].isoformat(), row["id"]))
    return listed([_record(row) for row in rows], following, known)


def _place(page: Page) -> tuple[datetime, UUID] | None:
    return None if page.after is None else (datetime.fromisoformat(page.after[0]), UUID(page.after[1]))


def _token(row: Any, reason: Opened) -> dict[str, Any]:
    shown = {name: value for name, value in row.items() if name != "token_id"}
    return {"id": row["token_id"], **shown, "reason": reason.value}


def _record(row: Any) -> dict[str, Any]:
    actor = {"person": row["person"], "name": row["name"], "role": row["role"]}
    shown = {name: row[name] for name in ("id", "at", "kind", "service", "call", "fields", "subjects", "rows", "on_behalf_of")}
    return {**shown, "actor": actor}
