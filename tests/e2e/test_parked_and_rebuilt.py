"""What happens to an event that cannot be handled, in each service, and do rebuilt views equal the running ones?"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import SERVICES, Actor, ComplaintId
from shared.envelope import Meta
from shared.keys import load_or_make
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.settings import load
from shared.store.append import Item, NewEvent, append
from shared.store.partition import partition_of
from tests.running import Running, lines_of, product, redress

BODY = {"channel": "phone", "content_class": "service_quality", "description": "as ever", "customer": {"ref": "C-1", "name": "One"}}


@pytest.fixture(scope="module")
async def poisoned(tmp_path_factory):
    """A product into whose intake store somebody has written an event that no consumer can read, and one behind it."""
    async with product(tmp_path_factory.mktemp("parked") / "data") as running:
        token = await running.token("Li Na", ["desk"], ["desk"])
        async with running.client(token) as http:
            for _ in range(20):
                assert (await http.post("/api/v1/complaints", json=BODY)).is_success
        key = await write_poison(running)
        yield running, key


async def write_poison(running: Running) -> str:
    server = await EmbeddedPostgres.join(running.data, load_or_make(load(data=running.data)))
    assert server is not None
    key = uuid4()
    now = datetime.now(UTC)
    good = ComplaintReceived(
        complaint_id=ComplaintId(key), number="C-2026-999999", channel="phone", content_class="service_quality", received_at=now,
        actor=Actor(person="p", name="P", role="desk"), occurred_at=now,
    )  # fmt: skip
    connection = await connect(server.owner.for_role("intake"), "intake")
    for n, content in enumerate((b'{"complaint_id": "not an id"}', good.model_dump_json(exclude_none=True).encode())):
        event = NewEvent(uuid4(), ComplaintReceived.TYPE, 1, content, Meta(str(key)).to_bytes(), now)
        [done] = await append(connection, [Item(key, partition_of(str(key), 8), n, (event,))], None)
        assert not done.conflict
    await connection.close()
    return str(key)


async def parked(running: Running) -> list[dict]:
    async with running.client() as admin:
        return list((await admin.get("/api/v1/parked")).json()["items"])


async def until_parked_by(running: Running, *services: str) -> list[dict]:
    async with asyncio.timeout(20):
        running.news.clear()  # before it is asked: what is parked while it answers must not be missed
        found = await parked(running)
        while not set(services) <= {item["service"] for item in found}:
            await running.news.wait()  # a parked event is a line of the product's log
            running.news.clear()
            found = await parked(running)
        while not all(item["following"] for item in found):
            found = await parked(running)  # what follows it is parked in the next transaction, and no line tells of it
        return found


async def test_a_poison_event_is_parked_with_what_follows_it_and_the_rest_goes_on(poisoned):
    running, _ = poisoned
    found = await until_parked_by(running, "routing", "reporting")
    for item in found:
        assert item["type"] == ComplaintReceived.TYPE
        assert item["position"].startswith("intake/")
        assert item["following"] == 1
        assert "not an id" not in str(item)
    token = await running.token("Zhao Min", ["desk"], ["desk"])
    async with running.client(token) as http:
        receipt = (await http.post("/api/v1/complaints", json=BODY)).json()
        assert (await http.get(f"/api/v1/cases/{receipt['id']}", params={"min_position": receipt["position"]})).is_success
        at = found[0]["position"]
        answer = await http.get("/api/v1/queues/desk", params={"min_position": at})
        assert answer.json().get("parked") is True, "a parked event counts as consumed, and the answer says so"


async def test_a_retry_that_fails_again_changes_nothing_and_a_discard_lets_the_rest_through(poisoned):
    running, key = poisoned
    found = await until_parked_by(running, "routing", "reporting")
    async with running.client() as admin:
        for item in found:
            path = f"/api/v1/parked/{item['service']}/{item['id']}"
            again = await admin.post(path + "/retry", json={})
            assert (again.status_code, again.json()["type"]) == (409, "/problems/fails-again")
            assert (await admin.post(path + "/discard", json={"reason": " "})).status_code == 422
            discarding = {"json": {"reason": "made by hand"}, "headers": {"Idempotency-Key": "discard"}}
            gone = await admin.post(path + "/discard", **discarding)
            assert (gone.status_code, gone.headers["etag"]) == (200, '"1"'), gone.text
            repeated = await admin.post(path + "/discard", **discarding)
            assert (repeated.status_code, repeated.headers["etag"], repeated.json()) == (200, '"1"', gone.json())
            other = await admin.post(path + "/discard", json={"reason": "other"}, headers=discarding["headers"])
            assert (other.status_code, other.json()["type"]) == (409, "/problems/idempotency-mismatch")
            assert (await admin.post(path + "/discard", json={"reason": "twice"})).status_code == 404
    assert await parked(running) == []
    token = await running.token("Qian Bo", ["auditor"])
    async with running.client(token) as auditor:
        case = await auditor.get(f"/api/v1/cases/{UUID(key)}")
        assert case.status_code == 200, "what waited behind the discarded event was handled"


async def test_every_view_of_every_service_equals_its_rebuild(poisoned):
    running, _ = poisoned
    compared = [line for line in await lines_of(running.data, "rebuild", "--compare") if "differences" in line]
    assert {line["service"] for line in compared} == set(SERVICES)
    assert [line for line in compared if sum(line["differences"].values())] == []


async def test_rebuilt_views_take_the_place_of_the_running_ones(poisoned):
    running, key = poisoned
    switched = [line for line in await lines_of(running.data, "rebuild") if "differences" in line]
    assert {line["service"] for line in switched} == set(SERVICES)
    token = await running.token("Wu Di", ["desk"], ["desk"])
    async with running.client(token) as http:
        receipt = (await http.post("/api/v1/complaints", json=BODY)).json()
        queue = await http.get("/api/v1/queues/desk", params={"min_position": receipt["position"], "limit": 500})
        assert {key, receipt["id"]} <= {item["complaint_id"] for item in queue.json()["items"]}
    assert (await lines_of(running.data, "verify"))[-1] == {"holds": True}


async def test_an_unknown_view_is_named(poisoned):
    running, _ = poisoned
    status, _, err = await redress(running.data, "rebuild", "routing.nonsense")
    assert (status, "Traceback" in err) == (2, False)
    assert "routing.queue" in err
