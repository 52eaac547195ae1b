"""Do many processes behave like one? They share the work, take it over from the dead, tell the same, and let nobody in whom one shut out."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from tests.distributed import LOOK_EVERY
from tests.many.spread import PARTS, Spread

MOVED_WITHIN = 15.0  # the requirement: so long after a SIGKILL all of its work is done elsewhere
HEALED_WITHIN = 60.0
REVOKED_WITHIN = 5.0

COMPLAINT = {"channel": "phone", "content_class": "service_quality", "description": "Nobody came.", "issue_codes": ["late_delivery"]}


@pytest_asyncio.fixture(scope="module")
async def town(spread: Spread) -> Spread:
    await spread.two_of_each()
    return spread


@pytest_asyncio.fixture(scope="module")
async def desk(town: Spread) -> AsyncIterator[httpx.AsyncClient]:
    token = await town.token("Li Na", ["desk"], ["desk"])
    async with town.gateway.client(token) as http:
        yield http


async def ask(http: httpx.AsyncClient, method: str, path: str, **more: Any) -> httpx.Response:
    """As a good client does: the same again while nobody answers or somebody asks for patience."""
    headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    async with asyncio.timeout(HEALED_WITHIN):
        while True:
            try:
                answer = await http.request(method, path, headers=headers, **more)
            except httpx.TransportError:
                await asyncio.sleep(LOOK_EVERY)
                continue
            if answer.status_code not in (503, 504):
                assert answer.is_success, answer.text
                return answer
            await asyncio.sleep(LOOK_EVERY)


async def complain(http: httpx.AsyncClient, count: int) -> list[dict[str, Any]]:
    """The receipts of so many complaints, posted side by side."""
    answers = await asyncio.gather(*(ask(http, "POST", "/api/v1/complaints", json=COMPLAINT) for _ in range(count)))
    return [answer.json() for answer in answers]


async def effects(town: Spread, receipts: Iterable[dict[str, Any]]) -> list[Counter[str]]:
    """How often each thing happened to each complaint, by routing's store."""
    ids = [UUID(receipt["id"]) for receipt in receipts]
    connection = await town.gateway.connect("routing")
    try:
        rows = await connection.fetch("select stream_id, type from events where stream_id = any($1::uuid[])", ids)
    finally:
        await connection.close()
    return [Counter(row["type"] for row in rows if row["stream_id"] == complaint) for complaint in ids]


async def handled_once(town: Spread, receipts: list[dict[str, Any]], within: float) -> None:
    """Every complaint became one case with one work item, in bounded time, and none has two."""

    async def all_handled() -> bool:
        return all(done["routing.work-item-offered.v1"] for done in await effects(town, receipts))

    await town.patiently(all_handled, "every complaint has its work item", within)
    assert await effects(town, receipts) == [Counter({"routing.case-opened.v1": 1, "routing.work-item-offered.v1": 1})] * len(receipts)


async def applied(town: Spread, name: str, consumer: str) -> float:
    """How many events a process's consumer has handled, by its own count."""
    async with httpx.AsyncClient(timeout=30) as anybody:
        told = (await anybody.get(f"{town.processes[name].url}/metrics")).text
    [line] = [line for line in told.splitlines() if re.match(rf'redress_applied_events{{consumer="{consumer}",service="routing"}}', line)]
    return float(line.rpartition(" ")[2])


@asynccontextmanager
async def away(town: Spread, *names: str, killed: bool = True) -> AsyncIterator[None]:
    """These processes are gone for as long as the block lasts."""
    for name in names:
        await (town.kill(name) if killed else town.stop(name))
    try:
        yield
    finally:
        await asyncio.gather(*(town.again(name) for name in names))
        await town.ready()


def answering(town: Spread) -> list[str]:
    """The URLs of all processes that answer calls."""
    return [process.url for process in town.running() if process.only in (None, "api") and process.service != "gateway"]


async def statuses(town: Spread, token: str) -> set[int]:
    """What all of them say to a call that any token may make, asked side by side."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http:
        answers = await asyncio.gather(*(http.get(f"{url}/api/v1/consumers") for url in answering(town)))
    return {answer.status_code for answer in answers}


async def test_two_instances_share_the_work(town, desk):
    consumers = ("routing.consumers-1", "routing-2")
    before = [await applied(town, name, "reactions") for name in consumers]

    async def both_worked() -> bool:
        await complain(desk, 16)
        now = [await applied(town, name, "reactions") for name in consumers]
        return all(after > earlier for after, earlier in zip(now, before, strict=True))

    await town.patiently(both_worked, "both instances react", MOVED_WITHIN)


@pytest.mark.parametrize("name", ["routing.consumers-1", "routing-2", "routing.relay-1", "intake-1"])
async def test_the_work_of_the_dead_is_done_elsewhere_and_nothing_twice(town, desk, name):
    receipts = await complain(desk, 24)
    posting = asyncio.create_task(complain(desk, 24))
    async with away(town, name):
        await handled_once(town, receipts + await posting, MOVED_WITHIN)


async def test_what_is_asked_again_because_the_gateway_died_is_done_once(town, desk):
    posting = asyncio.create_task(complain(desk, 24))
    async with away(town, "gateway"):
        pass
    await handled_once(town, await posting, MOVED_WITHIN)


async def test_queue_streams_on_either_instance_tell_of_all_partitions(town, desk):
    token = str(desk.headers["authorization"])
    async with AsyncExitStack() as stack:
        listening = []
        for name in ("routing.api-1", "routing-2"):
            url = f"{town.processes[name].url}/api/v1/queues/desk/stream"
            http = await stack.enter_async_context(httpx.AsyncClient(headers={"authorization": token}, timeout=HEALED_WITHIN))
            answer = await stack.enter_async_context(http.stream("GET", url))
            assert answer.status_code == 200
            lines = answer.aiter_lines()
            assert await anext(lines) == ": open"
            listening.append(lines)
        receipts = await complain(desk, 32)
        assert len({receipt["position"].split("/")[1] for receipt in receipts}) > 4
        for lines in listening:
            waiting = {receipt["id"] for receipt in receipts}
            async with asyncio.timeout(MOVED_WITHIN):
                async for line in lines:
                    if line.startswith("data:"):
                        waiting.discard(json.loads(line[5:])["complaint_id"])
                    if not waiting:
                        break


async def test_a_token_revoked_on_one_instance_stops_on_all(town):
    async with town.processes["intake-1"].client() as admin:
        body = {"name": "leaver", "roles": ["auditor"], "expires_on": "2099-12-31"}
        issued = (await admin.post("/api/v1/access/tokens", json=body)).json()
        assert await statuses(town, issued["token"]) == {200}
        gone = await admin.request("DELETE", f"/api/v1/access/tokens/{issued['id']}", json={"reason": "left"})
        assert gone.is_success, gone.text

    async def nobody_lets_it_in() -> bool:
        return 200 not in await statuses(town, issued["token"])

    await town.patiently(nobody_lets_it_in, "nobody lets the token in", REVOKED_WITHIN)


async def test_an_api_hears_of_revocations_when_no_consumer_runs(town):
    """Its own reading of the log tells it, so that it neither lets the revoked one in nor shuts everybody out."""
    async with away(town, "routing.consumers-1", "routing-2"):
        stays, goes = [await _auditor(town, name) for name in ("stays", "goes")]
        async with town.processes["intake-1"].client() as admin:
            await admin.request("DELETE", f"/api/v1/access/tokens/{goes['id']}", json={"reason": "left"})
        url = f"{town.processes['routing.api-1'].url}/api/v1/consumers"
        async with httpx.AsyncClient(timeout=30) as http:

            async def knows() -> bool:
                answers = [await http.get(url, headers={"Authorization": f"Bearer {who['token']}"}) for who in (stays, goes)]
                return [answer.status_code for answer in answers] == [200, 401]

            await town.patiently(knows, "one is let in and the other is not", MOVED_WITHIN)


async def _auditor(town: Spread, name: str) -> dict[str, Any]:
    async with town.processes["intake-1"].client() as admin:
        answer = await admin.post("/api/v1/access/tokens", json={"name": name, "roles": ["auditor"], "expires_on": "2099-12-31"})
    return dict(answer.json())


async def test_without_word_from_intake_nobody_is_let_in_until_it_is_back(town):
    who = await _auditor(town, "waits")

    async def all_say(status: int) -> bool:
        return await statuses(town, who["token"]) == {status}

    async with away(town, "intake-1", "intake-2"):
        await town.patiently(lambda: all_say(503), "every service says that it cannot tell", MOVED_WITHIN)
    await town.patiently(lambda: all_say(200), "every service lets it in again", HEALED_WITHIN)


async def troubles(town: Spread) -> dict[str, str]:
    """What every process but the gateway says of its readiness."""
    found = {}
    async with httpx.AsyncClient(timeout=30) as anybody:
        for process in town.running():
            if process.service != "gateway":
                answer = await anybody.get(f"{process.url}/readyz")
                found[process.name] = "" if answer.status_code == 200 else answer.text
    return found


async def test_every_part_heals_when_the_broker_was_away(town, desk):
    assert town.broker is not None
    receipts = await complain(desk, 8)
    await asyncio.to_thread(town.broker.kill)
    try:

        async def all_say_so() -> bool:
            return all((await troubles(town)).values())

        await town.patiently(all_say_so, "every process says that it is not well", HEALED_WITHIN)
    finally:
        await asyncio.to_thread(town.broker.start)
    await town.ready()
    await handled_once(town, receipts + await complain(desk, 8), HEALED_WITHIN)


async def test_every_part_heals_when_the_database_was_away(town, desk):
    receipts = await complain(desk, 8)
    town.kill_postgres()
    try:

        async def all_name_it() -> bool:
            return all("the database does not answer" in said for said in (await troubles(town)).values())

        await town.patiently(all_name_it, "every process names the database", HEALED_WITHIN)
        async with httpx.AsyncClient(timeout=30) as anybody:
            told = (await anybody.get(f"{town.processes['routing-2'].url}/metrics")).text
        assert 'redress_applied_events{consumer="reactions",service="routing"}' in told
    finally:
        await town.start_postgres()
    await town.ready()
    await handled_once(town, receipts + await complain(desk, 8), HEALED_WITHIN)


async def test_a_stop_is_orderly_with_a_stream_open(town, desk):
    url = f"{town.processes['routing-2'].url}/api/v1/queues/desk/stream"
    async with (
        httpx.AsyncClient(headers={"authorization": desk.headers["authorization"]}, timeout=HEALED_WITHIN) as http,
        http.stream("GET", url) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": open"
        async with away(town, "routing-2", killed=False):
            assert town.processes["routing-2"].process.returncode == 0
            assert [line async for line in lines if line and not line.startswith(":")] == []  # a clean end, not a broken connection


@pytest.mark.parametrize("part", PARTS)
async def test_a_part_alone_answers_only_what_is_its_business(town, part):
    async with httpx.AsyncClient(base_url=town.processes[f"routing.{part}-1"].url, timeout=30) as anybody:
        for path in ("/healthz", "/readyz", "/metrics"):
            assert (await anybody.get(path)).status_code == 200, path
        assert (await anybody.get("/api/v1/cases")).status_code == (401 if part == "api" else 404)
        assert (await anybody.get("/api/v1/complaints/lookup")).status_code == 404


async def test_commands_work_beside_it_and_everything_fits(town, tmp_path):
    status, token, err = await town.redress("token", "create", "Sun Yi", "--role", "analyst")
    assert status == 0, err
    async with town.gateway.client(token.strip()) as analyst:
        assert (await ask(analyst, "GET", "/api/v1/access/me")).json()["person"] == "Sun Yi"
    status, out, err = await town.redress("report", "annual", str(datetime.now(UTC).year), "--json")
    assert status == 0, err
    assert json.loads(out)["totals"]["received"] > 0
    status, out, err = await town.redress("doctor", "--json")
    assert status == 0, out + err
    status, out, err = await town.redress("verify", "--json")
    assert status == 0, out + err
    assert json.loads(out.splitlines()[-1]) == {"holds": True}
