"""Does a command know who asks, for whom and under which conditions?"""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, Request

from shared.access import Principal
from shared.contracts.vocabulary import Actor
from shared.decider import Decider
from shared.store.appender import VersionConflict
from shared.web import Body, Do, DoPart, FreeText, Problem, allow
from shared.web.doing import _idempotency
from shared.web.testing import Small

NOTE: Decider[None, str] = Decider("note", lambda _: None, lambda *_: (), lambda state, _: state)
ID = "0193a4a0-0000-7000-8000-000000000001"
PATH = f"/api/v1/notes/{ID}/remark"
SCOPE = {"type": "http", "method": "POST", "query_string": b""}
router = APIRouter(prefix="/api/v1/notes")


class Remark(Body):
    text: FreeText


class Answer(Remark):
    number: str | None = None


@router.post("/{note_id}/remark", status_code=201)
async def remark(note_id: UUID, body: Remark, who: Annotated[Principal, allow("quality", "desk")], do: Do) -> object:
    return await do(NOTE, note_id, body.text, status=201)


@router.post("/{note_id}/take")
async def take(note_id: UUID, who: Annotated[Principal, allow()], do: Do) -> object:
    return await do(NOTE, note_id, "take", role="approver")


@router.post("/{note_id}/answer")
async def answer(note_id: UUID, body: Answer, do: Do) -> object:
    return await do(NOTE, note_id, body.text, actor=Actor(person="complainant", name="", role="complainant"))


@router.post("/{note_id}/burning")
async def burn(note_id: UUID, who: Annotated[Principal, allow()], do: Do) -> object:
    raise Problem(403, "Not any more.")


@router.post("/{note_id}/signing")
async def sign(note_id: UUID, who: Annotated[Principal, allow()], do: DoPart) -> object:
    return {"signed": (await do.decided(NOTE, note_id, "sign")).body}


@pytest.fixture
def small() -> Small:
    return Small(router)


@pytest.fixture
def desk(small: Small) -> httpx.AsyncClient:
    return small.client("desk")


async def test_the_answer_says_what_became_of_it(desk: httpx.AsyncClient):
    answer = await desk.post(PATH, json={"text": "x"})
    assert answer.status_code == 201
    assert answer.json() == {"id": ID, "version": 3, "position": "intake/1/7"}
    assert answer.headers["etag"] == '"3"'


async def test_the_actor_acts_in_the_first_role_that_allows_it(small: Small):
    await small.client("desk", "quality").post(PATH, json={"text": "x"})
    assert small.service.commands.asked[0].actor == Actor(person="anna", name="Anna", role="quality")


async def test_where_any_role_will_do_the_door_says_which_it_was(small: Small):
    await small.client("analyst").post(f"/api/v1/notes/{ID}/take")
    assert small.service.commands.asked[0].actor.role == "approver"


async def test_who_has_no_token_acts_as_the_door_says(small: Small):
    assert (await small.stranger().post(f"/api/v1/notes/{ID}/answer", json={"text": "x"})).status_code == 200
    assert small.service.commands.asked[0].actor.role == "complainant"


async def test_for_whom_one_acts_stands_in_the_body(small: Small, desk: httpx.AsyncClient):
    await desk.post(PATH, json={"text": "x", "on_behalf_of": "Mrs Li, by phone"})
    await desk.post(PATH, json={"text": "x"})
    assert [asked.on_behalf_of for asked in small.service.commands.asked] == ["Mrs Li, by phone", None]


@pytest.mark.parametrize(
    ("header", "version"),
    [(None, None), ("*", None), ('"7"', 7), (' "7" ', 7), ('W/"7"', 7)],
)
async def test_if_match_names_the_version_to_be_changed(small: Small, desk: httpx.AsyncClient, header: str | None, version: int | None):
    await desk.post(PATH, json={"text": "x"}, headers={} if header is None else {"if-match": header})
    assert small.service.commands.asked[0].if_match == version


@pytest.mark.parametrize("header", ["", "7", '"x"', '"1", "2"', '"9999999999999"', '"-1"', '"٣"'.encode()])
async def test_what_is_no_version_is_invalid(desk: httpx.AsyncClient, header: str | bytes):
    answer = await desk.post(PATH, json={"text": "x"}, headers={"if-match": header})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/If-Match"


async def test_a_version_that_moved_is_a_failed_precondition(small: Small, desk: httpx.AsyncClient):
    small.service.commands.raises = VersionConflict()
    assert (await desk.post(PATH, json={"text": "x"}, headers={"if-match": '"2"'})).status_code == 412


async def scopes(small: Small, *requests: tuple[httpx.AsyncClient, str, bytes, str]) -> list[tuple[bytes, bytes]]:
    small.service.commands.asked.clear()
    for client, path, body, key in requests:
        headers = {"idempotency-key": key, "content-type": "application/json"}
        assert (await client.post(path, content=body, headers=headers)).is_success
    kept = [asked.idempotency for asked in small.service.commands.asked]
    assert all(one is not None for one in kept)
    return [(one.scope, one.body) for one in kept if one is not None]


async def test_the_same_request_has_the_same_scope_and_body(small: Small):
    client = small.client()
    spaced = b'{"on_behalf_of": null,  "text":"x"}'
    (scope, body), (again, meaning) = await scopes(
        small, (client, PATH, b'{"text":"x","on_behalf_of":null}', "k"), (client, PATH, spaced, "k")
    )
    assert (scope, body) == (again, meaning)


async def test_another_token_path_or_key_is_another_scope(small: Small):
    client, body = small.client(), b'{"text": "x"}'
    other = Small(router)
    other.service.keys, other.app.state.idempotency = small.service.keys, small.app.state.idempotency
    found = await scopes(small, (client, PATH, body, "k"), (client, PATH, body, "l"), (client, f"/api/v1/notes/{ID}/answer", body, "k"))
    found += await scopes(other, (other.client(), PATH, body, "k"))
    assert len({scope for scope, _ in found}) == 4
    assert len({body for _, body in found}) == 1


async def test_complainants_who_choose_the_same_key_do_not_meet(small: Small):
    path = f"/api/v1/notes/{ID}/answer"
    bodies = (b'{"text": "x", "number": "C-1"}', b'{"text": "x", "number": "C-2"}', b'{"number": "C-1", "text": "x"}')
    mine, theirs, again = await scopes(small, *((small.stranger(), path, body, "k") for body in bodies))
    assert mine[0] != theirs[0]
    assert mine == again


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "caf\u00e9", "a\tb"])
async def test_a_key_must_be_visible_ascii(desk: httpx.AsyncClient, key: str):
    answer = await desk.post(PATH, json={"text": "x"}, headers={"idempotency-key": key.encode("latin-1")})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["at"] == "/Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 200), (b"{}", 200), (b'{"on_behalf_of": "Mrs Li"}', 200), (b"{", 400), (b"[" * 9999, 400), (b'{"x": 1}', 422), (b"[]", 422)],
)
async def test_a_door_without_a_body_takes_only_for_whom_one_acts(small: Small, body: bytes, status: int):
    headers = {"content-type": "application/json"}
    assert (await small.client().post(f"/api/v1/notes/{ID}/take", content=body, headers=headers)).status_code == status


async def test_who_may_not_enter_learns_nothing_of_the_body(small: Small):
    headers = {"content-type": "application/json"}
    assert (await small.stranger().post(PATH, content=b"{", headers=headers)).status_code == 401
    assert (await small.client("analyst").post(PATH, content=b"{", headers=headers)).status_code == 403


async def test_the_trace_goes_with_the_command(small: Small, desk: httpx.AsyncClient):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    answer = await desk.post(PATH, json={"text": "x"}, headers={"traceparent": f"00-{trace}-00f067aa0ba902b7-01"})
    stored = small.service.commands.asked[0].traceparent
    assert stored is not None
    assert stored == answer.headers["traceparent"]
    assert stored.startswith(f"00-{trace}-")
    assert not stored.endswith("00f067aa0ba902b7-01")


@pytest.mark.parametrize(
    "header", ["", "00-xyz", f"00-{'0' * 32}-00f067aa0ba902b7-01", "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"]
)
async def test_a_malformed_trace_is_replaced_by_a_new_one(desk: httpx.AsyncClient, header: str):
    answer = await desk.post(PATH, json={"text": "x"}, headers={"traceparent": header})
    assert answer.is_success
    assert len(answer.headers["traceparent"]) == 55
    assert not answer.headers["traceparent"].startswith(f"00-{'0' * 32}")


async def answered_before(small: Small, call: str, **sent: Any) -> httpx.Response:
    """The answer to a request whose first answer is kept."""
    client, headers = small.client(), {"idempotency-key": "k"}
    await client.post(f"/api/v1/notes/{ID}/take", headers=headers)
    path = f"/api/v1/notes/{ID}/{call}"
    scope = _idempotency(Request({**SCOPE, "path": path, "app": small.app, "headers": [(b"idempotency-key", b"k")]}), b"", None)
    assert scope is not None
    content = b'{"status": 201, "version": 5, "position": "intake/1/2", "body": {"id": "first"}}'
    small.service.pool.answered = {"body": scope.body, "answer": content}
    small.service.pool.asked.clear()
    return await client.post(path, headers=headers, **sent)


async def test_a_request_answered_before_gets_that_answer_whatever_rules_hold_by_now(small: Small):
    answer = await answered_before(small, "burning")
    assert (answer.status_code, answer.json(), answer.headers["etag"]) == (201, {"id": "first"}, '"5"')
    assert (await small.client().post(f"/api/v1/notes/{ID}/burning")).status_code == 403


async def test_the_key_with_another_body_is_no_repeat(small: Small):
    answer = await answered_before(small, "burning", json={"on_behalf_of": "Mrs Li"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/idempotency-mismatch")


async def test_a_door_that_adds_a_secret_to_its_answer_looks_itself(small: Small):
    assert "signed" in (await answered_before(small, "signing")).json()
    assert small.service.pool.asked == []


async def test_without_a_key_nothing_is_looked_for(small: Small, desk: httpx.AsyncClient):
    await desk.post(PATH, json={"text": "x"})
    assert small.service.pool.asked == []
