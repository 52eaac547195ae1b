"""Does a request that was answered get that answer for ever, though its door would refuse it by now?"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import pytest_asyncio
from fastapi import APIRouter, Request

from conftest import Database
from services.intake import access_api
from services.intake.token import TOKEN, RevokeToken
from shared.access import Principal
from shared.service import Service, Wiring
from shared.settings import Settings
from shared.web import Do, Problem, allow
from shared.web.replies import Reply
from tests.alone import Alone, alone, rule

router = APIRouter()


@router.post("/api/v1/doors/{token_id}")
async def knock(token_id: UUID, request: Request, who: Annotated[Principal, allow("admin")], do: Do) -> Reply:
    """A door with a check of its own."""
    if request.app.state.shut:
        raise Problem(403, "Not any more.")
    return await do(TOKEN, token_id, RevokeToken("knocked"))


def wire(service: Service) -> Wiring:
    return Wiring(routers=(router, access_api.router))


@pytest_asyncio.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        running.service.app.state.shut = False
        yield running


async def test_what_was_let_in_once_is_answered_again(intake: Alone):
    whose = {"name": "Li Na", "roles": ["desk"], "expires_on": "2099-12-31"}
    sent: dict[str, Any] = {"headers": {"idempotency-key": "k"}}
    async with intake.client("admin") as admin:
        token = (await admin.post("/api/v1/access/tokens", json=whose)).json()["id"]
        first = await admin.post(f"/api/v1/doors/{token}", **sent)
        assert first.status_code == 200
        intake.service.app.state.shut = True
        assert rule(await admin.post(f"/api/v1/doors/{token}")) == (403, "forbidden")
        again = await admin.post(f"/api/v1/doors/{token}", **sent)
        assert (again.status_code, again.json(), again.headers["etag"]) == (200, first.json(), first.headers["etag"])
        other = await admin.post(f"/api/v1/doors/{token}", json={"on_behalf_of": "the chief"}, **sent)
        assert rule(other) == (409, "idempotency-mismatch")
    async with intake.client("desk") as desk:
        assert rule(await desk.post(f"/api/v1/doors/{token}", **sent)) == (403, "forbidden")
