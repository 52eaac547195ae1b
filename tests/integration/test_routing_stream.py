"""A department's live stream: it starts now or with what is open, goes on where it broke off, and ends when it must."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import orjson
import pytest

from conftest import Database
from services.routing import live, stream
from services.routing.live import Hub, Listener, Notice
from services.routing.service import wire
from shared.access import verify
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import ComplaintId
from shared.settings import Settings
from shared.testing import NOON
from tests.alone import Alone, alone

PATIENCE = 10.0
Event = dict[str, Any]


@pytest.fixture
async def routing(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings) as running:
        yield running


class Open:
    """An open stream as a browser has it. `httpx` would wait for its end, so the app is called directly."""

    def __init__(self) -> None:
        self.token = ""
        self.status = 0
        self.headers: dict[str, str] = {}
        self.ended = asyncio.Event()
        self.started = asyncio.Event()
        self.reading = asyncio.Event()
        self.reading.set()
        self.beat = asyncio.Event()
        self._left = asyncio.Event()
        self._text = b""
        self._blocks: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(self) -> dict[str, Any]:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        await self.reading.wait()
        self._text += message.get("body", b"")
        *blocks, self._text = self._text.split(b"\n\n")
        for block in blocks:
            if block == b": open":
                self.started.set()
            elif block == b": heartbeat":
                self.beat.set()
            else:
                self._blocks.put_nowait(block)
        if not message.get("more_body"):
            self.ended.set()

    async def next(self) -> Event:
        block = await asyncio.wait_for(self._blocks.get(), PATIENCE)
        lines = dict(line.split(": ", 1) for line in block.decode().split("\n"))
        data: Event = orjson.loads(lines["data"])
        assert data["event"] == lines["event"]
        return {"token": lines["id"], **data}

    async def take(self, count: int) -> list[Event]:
        return [await self.next() for _ in range(count)]

    def leave(self) -> None:
        self._left.set()


@asynccontextmanager
async def listening(routing: Alone, query: str = "", token: str | None = None, department: str = "desk") -> AsyncIterator[Open]:
    """Connected as the desk; left at the end."""
    client = routing.client("desk", "quality")
    await routing.heartbeat(client.build_request("GET", "/"))
    headers = [(b"authorization", client.headers["authorization"].encode())]
    if token is not None:
        headers.append((b"last-event-id", token.encode()))
    path = f"/api/v1/queues/{department}/stream"
    scope = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "headers": headers, "scheme": "http", "server": ("product", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    opened = Open()
    opened.token = client.headers["authorization"].removeprefix("Bearer ")
    task = asyncio.create_task(routing.service.app(scope, opened.receive, opened.send))
    started = asyncio.create_task(opened.started.wait())
    await asyncio.wait((task, started), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield opened
    finally:
        opened.leave()
        opened.reading.set()
        await asyncio.wait_for(task, PATIENCE)
        started.cancel()


async def complaints(routing: Alone, *numbers: int) -> list[str]:
    """So many complaints come in; answers the positions to wait for."""
    seen: list[str] = []
    for number in numbers:
        complaint = ComplaintId(uuid4())
        event = ComplaintReceived(
            complaint_id=complaint, number=f"C-2026-{number:06}", channel="phone", content_class="product_quality", received_at=NOON
        )
        seen += await routing.publish(*routing.ledger.record(complaint, event))
    return seen


async def settled(routing: Alone, *seen: str) -> list[Event]:
    """The desk's open items once these positions are in the views."""
    async with routing.client("desk") as desk:
        items: list[Event] = (await desk.get("/api/v1/queues/desk", params={"min_position": seen, "limit": 500})).json()["items"]
        return items


async def take(routing: Alone, *items: Event) -> None:
    """Taken, and seen to be taken in the queue."""
    async with routing.client("desk") as desk:
        answers = [await desk.post(f"/api/v1/work-items/{item['id']}/take") for item in items]
    assert {answer.status_code for answer in answers} == {200}
    await settled(routing, *(answer.json()["position"] for answer in answers))


def told(events: Sequence[Event]) -> list[tuple[str, str]]:
    return sorted((event["event"], event["number"][-2:]) for event in events)


async def test_a_stream_starts_now(routing: Alone):
    await settled(routing, *await complaints(routing, 1))
    async with listening(routing) as desk:
        assert (desk.status, desk.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        await complaints(routing, 2)
        event = await desk.next()
        assert (event["event"], event["number"], event["state"], event["by"]) == ("offered", "C-2026-000002", "open", "redress")
        (_, item) = await settled(routing)
        await take(routing, item)
        event = await desk.next()
        assert (event["event"], event["state"], event["holder"], event["by"]) == ("taken", "taken", "anna", "anna")
        assert event["id"] == item["id"]


async def test_another_departments_work_is_not_on_it(routing: Alone):
    async with listening(routing, department="technical") as technical, listening(routing) as desk:
        await complaints(routing, 1)
        assert (await desk.next())["event"] == "offered"
        assert technical._blocks.empty()


async def test_what_is_open_comes_first_if_one_asks_for_it(routing: Alone):
    items = await settled(routing, *await complaints(routing, 1, 2, 3))
    await take(routing, items[0])
    async with listening(routing, "from=open") as desk:
        assert [event["id"] for event in await desk.take(2)] == [item["id"] for item in items[1:]]
        await complaints(routing, 4)
        assert (await desk.next())["number"] == "C-2026-000004"


async def test_from_every_place_it_goes_on_without_loss_or_repeat(routing: Alone):
    async with listening(routing) as desk:
        items = await settled(routing, *await complaints(routing, *range(1, 7)))
        await take(routing, *items[:3])
        events = await desk.take(9)
    assert told(events) == [*(("offered", f"0{n}") for n in range(1, 7)), *sorted(("taken", i["number"][-2:]) for i in items[:3])]
    await settled(routing, *await complaints(routing, 7))
    for place, event in enumerate(events):
        async with listening(routing, "from=open", event["token"]) as again:
            rest = await again.take(len(events) - place - 1 + 1)
            assert told(rest) == sorted([*told(events[place + 1 :]), ("offered", "07")])
            assert again._blocks.empty()


async def test_a_list_of_open_items_that_broke_off_goes_on(routing: Alone):
    items = await settled(routing, *await complaints(routing, *range(1, 6)))
    async with listening(routing, "from=open") as desk:
        first = await desk.take(2)
    await take(routing, items[4])
    await settled(routing, *await complaints(routing, 6))
    async with listening(routing, "from=open", first[-1]["token"]) as again:
        rest = await again.take(4)
        assert [(event["event"], event["id"]) for event in rest[:2]] == [("offered", items[2]["id"]), ("offered", items[3]["id"])]
        assert told(rest[2:]) == [("offered", "06"), ("taken", items[4]["number"][-2:])]
        assert again._blocks.empty()


async def test_a_token_that_leads_nowhere_asks_for_a_new_start(routing: Alone):
    from_elsewhere = stream.Token({0: 999}).text()
    async with routing.client("desk") as desk:
        for token in ("nonsense", from_elsewhere, stream.Token({99: 1}).text(), "W1tbMCwxXV0sbnVsbF0x", "x" * 5000):
            answer = await desk.get("/api/v1/queues/desk/stream", headers={"last-event-id": token})
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/stream-restart")
        assert (await desk.get("/api/v1/queues/technical/stream")).status_code == 404
        assert (await desk.get("/api/v1/queues/desk/stream", params={"from": "closed"})).status_code == 422


async def test_it_holds_no_connection_and_ends_with_the_product(routing: Alone):
    async with listening(routing) as desk, listening(routing) as other:
        await settled(routing, *await complaints(routing, 1))
        await desk.next()
        hub = cast(Hub, routing.service.wiring.live)
        async with AsyncExitStack() as held:
            for _ in range(routing.service.pool.get_max_size()):
                await held.enter_async_context(routing.service.pool.acquire(timeout=PATIENCE))
        routing.service.stopping.set()
        await asyncio.wait_for(asyncio.gather(desk.ended.wait(), other.ended.wait()), PATIENCE)
        assert not hub._listeners


async def test_a_quiet_stream_beats_and_ends_when_its_token_is_taken_back(routing: Alone, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stream, "HEARTBEAT", 0.01)
    async with listening(routing) as desk:
        await asyncio.wait_for(desk.beat.wait(), PATIENCE)
        revoked = routing.service.access.revocations
        monkeypatch.setattr(type(revoked), "__contains__", lambda self, token: True)
        await asyncio.wait_for(desk.ended.wait(), PATIENCE)


async def test_a_token_taken_back_while_nothing_happened_gets_no_further_notice(routing: Alone):
    async with listening(routing) as desk:
        claims = verify(desk.token, routing.service.keys.verify)
        routing.service.access.revocations.add([claims.token_id])
        await complaints(routing, 1)
        await asyncio.wait_for(desk.ended.wait(), PATIENCE)
        assert desk._blocks.empty()


async def test_who_does_not_read_is_let_go_and_comes_back_with_its_token(routing: Alone, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "WAITING", 2)
    monkeypatch.setattr(stream, "GOODBYE", 0.01)
    async with listening(routing) as desk:
        await complaints(routing, 1)
        first = await desk.next()
        desk.reading.clear()
        (listener,) = cast(Hub, routing.service.wiring.live)._listeners
        await settled(routing, *await complaints(routing, *range(2, 12)))
        await asyncio.wait_for(listener.ended.wait(), PATIENCE)
    async with listening(routing, token=first["token"]) as again:
        assert told(await again.take(10)) == [("offered", f"{n:02}") for n in range(2, 12)]


def test_a_listener_that_lies_too_far_behind_has_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(live, "WAITING", 1)
    listener = Listener("desk")
    notice = Notice(0, 1, ("desk",), "offered", b"{}")
    listener.tell(notice)
    assert not listener.ended.is_set()
    listener.tell(notice)
    assert listener.ended.is_set()
