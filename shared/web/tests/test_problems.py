"""Is everything that can go wrong told the same way, and told right?"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import APIRouter

from shared.decider import Invalid, NotFound, Refused
from shared.store.appender import IdempotencyMismatch, VersionConflict
from shared.store.scribe import EventTooLarge
from shared.web import Body, Code, Count, Day, Flag, FreeText, Many, Moment, Part, Problem, allow
from shared.web.edge.readable import LIMIT
from shared.web.testing import Small

router = APIRouter()
raising: dict[str, Exception] = {}


class Pump(Part):
    code: Code
    count: Count | None = None


class Note(Body):
    text: FreeText
    urgent: Flag = False
    on: Day | None = None
    at: Moment | None = None
    codes: Many[Code] = ()
    product: Pump | None = None


@router.post("/api/v1/notes", status_code=201)
async def post_note(body: Note) -> dict[str, object]:
    return {"text": body.text, "at": body.at}


@router.get("/api/v1/notes")
async def list_notes() -> list[str]:
    return []


@router.get("/api/v1/notes/{note_id}")
async def get_note(note_id: UUID) -> dict[str, str]:
    return {"id": str(note_id)}


@router.get("/api/v1/failing")
async def failing() -> None:
    raise raising["it"]


@router.get("/api/v1/secret")
async def secret(who: Annotated[object, allow("quality")]) -> dict[str, str]:
    return {}


@pytest.fixture
def client() -> httpx.AsyncClient:
    return Small(router).client()


def told(answer: httpx.Response, status: int, kind: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["type"] == f"/problems/{kind}"
    assert body["status"] == status
    assert body["title"]
    assert str(body["detail"]).endswith((".", "?"))
    return body


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (Refused("meeting-first", "A major case needs a recorded meeting before an offer."), 409, "meeting-first"),
        (IdempotencyMismatch(), 409, "idempotency-mismatch"),
        (VersionConflict(), 412, "version-conflict"),
        (Invalid("/reason", "This is needed."), 422, "invalid"),
        (NotFound(), 404, "not-found"),
        (EventTooLarge("x"), 413, "too-large"),
        (Problem(429, "Wait 15 minutes.", headers={"retry-after": "900"}), 429, "too-many"),
        (asyncpg.ConnectionDoesNotExistError("gone"), 503, "unavailable"),
        (ConnectionRefusedError(), 503, "unavailable"),
        (TimeoutError(), 503, "unavailable"),
        (ZeroDivisionError("Li Wei"), 500, "internal"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
async def test_every_error_is_a_problem_with_its_own_type(client: httpx.AsyncClient, error: Exception, status: int, kind: str):
    raising["it"] = error
    body = told(await client.get("/api/v1/failing"), status, kind)
    assert "Li Wei" not in str(body)
    assert body["instance"] == "/api/v1/failing"


async def test_an_address_without_a_door_is_a_problem_too(client: httpx.AsyncClient):
    told(await client.get("/api/v1/nowhere"), 404, "not-found")


async def test_a_method_without_a_door_says_which_there_are(client: httpx.AsyncClient):
    answer = await client.delete("/api/v1/notes")
    told(answer, 405, "method-not-allowed")
    assert answer.headers.get_list("allow") == ["GET, POST"]


async def test_an_id_that_is_none_is_not_found(client: httpx.AsyncClient):
    told(await client.get("/api/v1/notes/17"), 404, "not-found")
    assert (await client.get(f"/api/v1/notes/{uuid4()}")).status_code == 200


@pytest.mark.parametrize(
    "body", [b"{", b"{'text': 1}", b'{"text": "\xff"}', b'{"text": "\xed\xa0\x80"}', b'{"text": "\\ud800"}', b"[" * 100_000]
)
async def test_what_is_no_json_is_unreadable(client: httpx.AsyncClient, body: bytes):
    told(await client.post("/api/v1/notes", content=body, headers={"content-type": "application/json"}), 400, "unreadable")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json", ""])
async def test_what_is_not_called_json_is_not_read(client: httpx.AsyncClient, kind: str):
    told(await client.post("/api/v1/notes", content=b'{"text": "x"}', headers={"content-type": kind}), 415, "not-json")


async def test_a_body_of_more_than_a_mebibyte_is_too_large(client: httpx.AsyncClient):
    body = b'{"text": "' + b"x" * LIMIT + b'"}'
    told(await client.post("/api/v1/notes", content=body, headers={"content-type": "application/json"}), 413, "too-large")


async def test_so_is_one_that_does_not_say_how_large_it_is(client: httpx.AsyncClient):
    async def pieces():
        for _ in range(17):
            yield b"x" * (LIMIT // 16)

    told(await client.post("/api/v1/notes", content=pieces(), headers={"content-type": "application/json"}), 413, "too-large")


async def test_a_body_in_pieces_is_put_together(client: httpx.AsyncClient):
    async def pieces():
        for piece in (b'{"te', b'xt": ', b'"x"}'):
            yield piece

    answer = await client.post("/api/v1/notes", content=pieces(), headers={"content-type": "application/json"})
    assert answer.json()["text"] == "x"


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ({}, "/text"),
        ({"text": ""}, "/text"),
        ({"text": " \n "}, "/text"),
        ({"text": "x" * 20_001}, "/text"),
        ({"text": 7}, "/text"),
        ({"text": "x\0y"}, "/text"),
        ({"text": "x", "urgent": "yes"}, "/urgent"),
        ({"text": "x", "urgent": 1}, "/urgent"),
        ({"text": "x", "on": "20.11.2026"}, "/on"),
        ({"text": "x", "on": 1700000000}, "/on"),
        ({"text": "x", "on": "0001-01-01"}, "/on"),
        ({"text": "x", "on": "2026-02-30"}, "/on"),
        ({"text": "x", "at": "2026-11-20T09:12:00"}, "/at"),
        ({"text": "x", "at": "0001-01-01T00:00:00+14:00"}, "/at"),
        ({"text": "x", "at": "9999-12-31T23:59:59-14:00"}, "/at"),
        ({"text": "x", "codes": ["a"] * 501}, "/codes"),
        ({"text": "x", "codes": ["a", "x" * 101]}, "/codes/1"),
        ({"text": "x", "product": {"code": "P", "count": 2**63}}, "/product/count"),
        ({"text": "x", "product": {"code": "P", "count": "3"}}, "/product/count"),
        ({"text": "x", "product": {"code": "P", "count": True}}, "/product/count"),
        ({"text": "x", "product": {"code": "P", "co/unt~": 1}}, "/product/co~1unt~0"),
        ({"text": "x", "product": 5}, "/product"),
        ({"text": "x", "on_behalf_of": " "}, "/on_behalf_of"),
        ([], ""),
        (None, ""),
    ],
)
async def test_a_field_that_does_not_fit_is_named(client: httpx.AsyncClient, body: object, at: str):
    answer = await client.post("/api/v1/notes", json=body)
    errors = told(answer, 422, "invalid")["errors"]
    assert [error["at"] for error in errors] == [at]


async def test_a_number_beyond_all_numbers_fits_nowhere(client: httpx.AsyncClient):
    answer = await client.post("/api/v1/notes", content=b'{"text": "x", "at": 1e400}', headers={"content-type": "application/json"})
    told(answer, 422, "invalid")


async def test_a_misspelt_field_is_told_what_was_probably_meant(client: httpx.AsyncClient):
    answer = await client.post("/api/v1/notes", json={"text": "x", "urgnet": True, "product": {"code": "P", "cuont": 1}})
    errors = told(answer, 422, "invalid")["errors"]
    assert {error["at"]: error["message"] for error in errors} == {
        "/urgnet": "This field is not known here; did you mean urgent?",
        "/product/cuont": "This field is not known here; did you mean count?",
    }


async def test_a_moment_is_read_in_utc(client: httpx.AsyncClient):
    answer = await client.post("/api/v1/notes", json={"text": "泵", "at": "2026-11-20T09:12:00+08:00"})
    assert answer.json() == {"text": "泵", "at": "2026-11-20T01:12:00Z"}


async def test_an_emoji_may_be_escaped(client: httpx.AsyncClient):
    answer = await client.post("/api/v1/notes", content=b'{"text": "\\ud83d\\ude00"}', headers={"content-type": "application/json"})
    assert answer.json()["text"] == "😀"


async def test_a_nul_in_the_address_reaches_no_door(client: httpx.AsyncClient):
    told(await client.get("/api/v1/failing?state=a%00b"), 422, "invalid")
    told(await client.get("/api/v1/notes%00"), 404, "not-found")


async def test_titles_are_in_the_callers_language(client: httpx.AsyncClient):
    answer = await client.get("/api/v1/nowhere", headers={"accept-language": "fr, zh;q=0.9, en;q=0.8"})
    assert answer.json()["title"] == "未找到"
    assert answer.headers["content-language"] == "zh-CN"


async def test_without_a_token_nobody_enters():
    stranger = Small(router).stranger()
    answer = await stranger.get("/api/v1/secret")
    told(answer, 401, "unauthenticated")
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_with_the_wrong_role_one_is_told_which_would_do(client: httpx.AsyncClient):
    body = told(await client.get("/api/v1/secret"), 403, "forbidden")
    assert "quality" in str(body["detail"])


async def test_a_full_disk_is_told_as_such(client: httpx.AsyncClient):
    raising["it"] = asyncpg.DiskFullError("could not extend file")
    answer = await client.get("/api/v1/failing")
    assert answer.status_code == 503
    assert "no space left" in answer.json()["detail"]
