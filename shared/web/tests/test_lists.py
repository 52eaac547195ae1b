"""Does a cursor lead on without skips and repeats, and is nobody else's cursor taken for ours?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from shared.web import Paging, listed, reply
from shared.web.testing import Small

router = APIRouter()
NUMBERS = list(range(10))


@router.get("/api/v1/numbers")
async def numbers(page: Paging) -> object:
    after = -1 if page.after is None else page.after[0]
    rows = [n for n in NUMBERS if n > after][: page.limit + 1]
    items, following = page.cut(rows, lambda n: (n,))
    return listed(items, following, {"recorded_at": None, "positions": {}})


@router.get("/api/v1/others")
async def others(page: Paging) -> object:
    return reply({"after": page.after})


@pytest.fixture
def client() -> httpx.AsyncClient:
    return Small(router).client()


async def all_of(client: httpx.AsyncClient, limit: int) -> list[Any]:
    found: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await client.get("/api/v1/numbers", params={"limit": limit, **cursor})).json()
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


@pytest.mark.parametrize("limit", [1, 3, 5, 9, 10, 11, 500])
async def test_pages_of_any_length_give_everything_once(client: httpx.AsyncClient, limit: int):
    assert await all_of(client, limit) == NUMBERS


@pytest.mark.parametrize("limit", ["0", "-1", "501", "x", "1.5", "99999999999999999999", ""])
async def test_a_page_has_one_to_five_hundred_items(client: httpx.AsyncClient, limit: str):
    answer = await client.get("/api/v1/numbers", params={"limit": limit})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/limit"


@pytest.mark.parametrize("cursor", ["", "x", "é", "AAAA", "A" * 3000, "%%%", "bnVsbA"])
async def test_an_invented_cursor_is_invalid(client: httpx.AsyncClient, cursor: str):
    answer = await client.get("/api/v1/numbers", params={"cursor": cursor})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/cursor"


async def test_the_cursor_of_another_list_is_invalid(client: httpx.AsyncClient):
    cursor = (await client.get("/api/v1/numbers", params={"limit": 1})).json()["next"]
    assert (await client.get("/api/v1/others", params={"cursor": cursor})).status_code == 422


async def test_a_changed_cursor_is_invalid(client: httpx.AsyncClient):
    cursor = (await client.get("/api/v1/numbers", params={"limit": 1})).json()["next"]
    changed = cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")
    assert (await client.get("/api/v1/numbers", params={"cursor": changed})).status_code == 422
