"""Does every request wait for what it asks for, and is every answer measured and safe to keep nowhere?"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any

import httpx
import pytest
from fastapi import APIRouter, Query
from prometheus_client import generate_latest
from prometheus_client.core import REGISTRY
from starlette.responses import PlainTextResponse
from structlog.testing import capture_logs

from shared.access import Principal
from shared.progress import Position
from shared.web import Paging, allow, listed, reply
from shared.web.testing import Small

router = APIRouter()


@router.get("/api/v1/things/{name}")
async def thing(name: str) -> object:
    return reply({"name": name})


@router.post("/api/v1/things", status_code=201)
async def post_thing() -> object:
    return reply({"done": True}, 201)


@router.get("/api/v1/things")
async def things() -> object:
    return listed([1, 2], None, {"recorded_at": None, "positions": {}})


@router.get("/api/v1/filtered")
async def filtered(page: Paging, severity: str | None = None, first: Annotated[str | None, Query(alias="from")] = None) -> object:
    return reply({})


@router.get("/api/v1/words")
async def words() -> object:
    return PlainTextResponse("words")


@router.get("/api/v1/broken")
async def broken() -> object:
    raise LookupError("the phone number of Li Wei")


@router.get("/api/v1/endless")
async def endless() -> object:
    raise asyncio.CancelledError  # as uvicorn does to whatever still runs when its time to stop is over


@router.get("/api/v1/closed")
async def closed(who: Annotated[Principal, allow("desk")]) -> object:
    return reply({})


@pytest.fixture
def small() -> Small:
    return Small(router)


@pytest.fixture
def client(small: Small) -> httpx.AsyncClient:
    return small.client()


async def test_without_a_position_nothing_waits(small: Small, client: httpx.AsyncClient):
    await client.get("/api/v1/things")
    assert small.service.progress.waited == []


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_call_waits_for_the_positions_it_names(small: Small, client: httpx.AsyncClient, method: str):
    answer = await client.request(method, "/api/v1/things", params={"min_position": ["intake/0/7", "routing/0/9"]})
    assert answer.is_success
    assert small.service.progress.waited == [[Position("intake", 0, 7), Position("routing", 0, 9)]]
    assert "parked" not in answer.json()


@pytest.mark.parametrize("text", ["", "7", "intake/0", "kitchen/0/1", "intake/1/1", "intake/0/-1", "intake/0/x", "intake/0/" + "9" * 30])
async def test_what_is_no_position_is_invalid(client: httpx.AsyncClient, text: str):
    answer = await client.get("/api/v1/things", params={"min_position": ["intake/0/1", text]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/min_position"


async def test_a_position_that_is_not_reached_in_time_is_told(small: Small, client: httpx.AsyncClient):
    small.service.progress.reached = False
    answer = await client.get("/api/v1/things", params={"min_position": "intake/0/7"})
    assert (answer.status_code, answer.json()["type"]) == (504, "/problems/not-caught-up")


async def test_a_parked_event_counts_as_consumed_and_is_told(small: Small, client: httpx.AsyncClient):
    small.service.progress.parked = True
    at = {"min_position": "intake/0/7"}
    assert (await client.get("/api/v1/things/x", params=at)).json() == {"name": "x", "parked": True}
    assert (await client.post("/api/v1/things", params=at)).json() == {"done": True, "parked": True}
    assert (await client.get("/api/v1/words", params=at)).text == "words"


async def test_durations_are_counted_by_route_not_by_address(client: httpx.AsyncClient):
    await client.get("/api/v1/things/zebra")
    await client.get("/api/v1/nowhere/zebra")
    figures = generate_latest(REGISTRY).decode()
    assert 'route="/api/v1/things/{name}",service="intake",status="200"' in figures
    assert 'route="(none)",service="intake",status="404"' in figures
    assert "zebra" not in figures


async def test_no_answer_is_to_be_kept(client: httpx.AsyncClient):
    for path in ("/api/v1/things", "/api/v1/nowhere"):
        answer = await client.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"


async def test_what_breaks_is_logged_by_place_and_number_without_its_words(client: httpx.AsyncClient):
    with capture_logs() as lines:
        answer = await client.get("/api/v1/broken")
    [line] = [line for line in lines if line["event"] == "failed"]
    assert answer.json()["trace"] == line["trace"]
    assert line["route"] == "/api/v1/broken"
    assert any("test_edge.py" in place for place in line["where"])
    assert "Li Wei" not in str(lines) + answer.text


async def test_what_a_stopping_process_breaks_off_is_to_be_asked_again(client: httpx.AsyncClient):
    answer = await client.get("/api/v1/endless")
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")


async def test_who_is_turned_away_leaves_a_line(small: Small):
    with capture_logs() as lines:
        await small.client("analyst").get("/api/v1/closed")
        await small.stranger().get("/api/v1/closed")
    assert [(line["status"], line["token"] is not None) for line in lines] == [(403, True), (401, False)]


async def test_nobody_enters_when_revocations_are_unknown():
    answer = await Small(router, heard=timedelta(seconds=6)).client("desk").get("/api/v1/closed")
    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_expired_and_revoked_tokens_are_told_apart(small: Small):
    ended: Any = small.token("desk", expires_at=small.claims.issued_at - timedelta(seconds=1))
    late = await small.stranger().get("/api/v1/closed", headers={"authorization": f"Bearer {ended}"})
    small.service.access.revocations.add([small.claims.token_id])
    taken = await small.client("desk").get("/api/v1/closed")
    assert [(answer.status_code, "expired" in answer.json()["detail"]) for answer in (late, taken)] == [(401, True), (401, False)]


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Basic YTpi", "Bearer x", "Bearer \x7f", "bearer  a b"])
async def test_what_is_no_token_opens_nothing(small: Small, header: str):
    assert (await small.stranger().get("/api/v1/closed", headers={"authorization": header})).status_code == 401


async def test_every_parameter_of_a_call_is_known_there(client: httpx.AsyncClient):
    known = {"severity": "major", "from": "2026-01", "limit": "5", "min_position": "intake/0/1"}
    assert (await client.get("/api/v1/filtered", params=known)).status_code == 200


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("severty", "did you mean severity?"),
        ("limt", "did you mean limit?"),
        ("first", "there are cursor, from, limit, min_position, severity."),
    ],
)
async def test_a_misspelt_parameter_is_refused_and_told_what_was_probably_meant(client: httpx.AsyncClient, name: str, told: str):
    answer = await client.get("/api/v1/filtered", params={name: "x"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"at": f"/{name}", "message": f"This parameter is not known here; {told}"}]
