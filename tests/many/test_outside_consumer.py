"""Does a consumer that somebody else wrote, from the AsyncAPI document alone, show a department's queue as it is?"""

from __future__ import annotations

import ast
import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient

from tests.many.spread import Spread

EXAMPLE = Path(__file__).parents[2] / "docs/examples/department_queue.py"
PRINTED_WITHIN = 60.0
COMPLAINT = {"channel": "phone", "content_class": "service_quality", "description": "Nobody came."}


@dataclass
class Printed:
    """The queue as it was printed last."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    blocks: int = 0
    ended: bool = False
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            if line.startswith(b"-- "):
                self.lines.clear()
                self.blocks += 1
            else:
                self.lines.append(line.decode().rstrip())
            self.news.set()
        self.ended = True
        self.news.set()

    def shows(self, receipt: dict[str, Any], end: str) -> bool:
        """One line, which says how it is with this complaint."""
        return [line.endswith(end) for line in self.lines if line.startswith(receipt["number"])] == [True]

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PRINTED_WITHIN):
            while not holds():
                assert not self.ended, "it stopped"
                self.news.clear()
                await self.news.wait()


@asynccontextmanager
async def example(town: Spread, state: Path) -> AsyncIterator[Printed]:
    """As its reader starts it, in a process of its own; killed in the end."""
    assert town.broker is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(EXAMPLE), "desk", "--bootstrap", town.broker.bootstrap, "--state", str(state), stdout=asyncio.subprocess.PIPE
    )
    printed = Printed(process)
    listening = asyncio.create_task(printed.listen())
    try:
        yield printed
        assert process.returncode is None, "it stopped"
    finally:
        if process.returncode is None:
            process.kill()
        await asyncio.gather(process.wait(), listening)


@pytest_asyncio.fixture
async def desk(spread: Spread) -> AsyncIterator[httpx.AsyncClient]:
    token = await spread.token("Outside", ["desk"], ["desk"])
    async with spread.gateway.client(token) as http:
        yield http


async def ask(http: httpx.AsyncClient, method: str, path: str, **more: Any) -> dict[str, Any]:
    """The answer, once the services have caught up with one another; a command is the same one each time."""
    headers = {"Idempotency-Key": str(uuid4())} if method == "POST" else {}
    async with asyncio.timeout(PRINTED_WITHIN):
        while (answer := await http.request(method, path, headers=headers, **more)).status_code in (503, 504):
            pass
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def complain(desk: httpx.AsyncClient) -> dict[str, Any]:
    return await ask(desk, "POST", "/api/v1/complaints", json=COMPLAINT)


async def take(desk: httpx.AsyncClient, receipt: dict[str, Any]) -> None:
    queue = await ask(desk, "GET", "/api/v1/queues/desk", params={"min_position": receipt["position"], "limit": 500})
    [item] = [item for item in queue["items"] if item["complaint_id"] == receipt["id"]]
    await ask(desk, "POST", f"/api/v1/work-items/{item['id']}/take")


async def lose(town: Spread, service: str) -> None:
    assert town.broker is not None
    admin = AIOKafkaAdminClient(bootstrap_servers=town.broker.bootstrap)
    await admin.start()
    await admin.delete_topics([f"redress.{service}"])
    await admin.close()


async def test_it_prints_the_queue_from_the_beginning_and_live_and_goes_on_after_a_crash(
    spread: Spread, desk: httpx.AsyncClient, tmp_path: Path
) -> None:
    old = await complain(desk)
    await take(desk, old)
    async with example(spread, tmp_path / "queue.json") as printed:
        await printed.until(lambda: printed.shows(old, "Outside"))
        assert printed.blocks == 1, "what was there already is printed once"
        new = await complain(desk)
        await printed.until(lambda: printed.shows(new, "open"))
        await take(desk, new)
        await printed.until(lambda: printed.shows(new, "Outside"))
    third = await complain(desk)
    async with example(spread, tmp_path / "queue.json") as printed:
        await printed.until(lambda: printed.shows(third, "open"))
        assert printed.shows(old, "Outside")
        assert printed.shows(new, "Outside")


async def test_it_and_the_product_go_on_when_the_topic_was_lost_and_rebuilt(
    spread: Spread, desk: httpx.AsyncClient, tmp_path: Path
) -> None:
    before = await complain(desk)
    async with example(spread, tmp_path / "queue.json") as printed:
        await printed.until(lambda: printed.shows(before, "open"))
        await lose(spread, "routing")
        status, out, err = await spread.redress("log", "reseed", "routing")
        assert status == 0, out + err
        assert "events published from the store, which was empty" in out
        after = await complain(desk)
        await take(desk, before)
        await printed.until(lambda: printed.shows(after, "open") and printed.shows(before, "Outside"))
    await spread.ready()
    status, out, err = await spread.redress("verify")
    assert status == 0, out + err


@pytest.fixture(scope="module")
def code() -> ModuleType:
    spec = importlib.util.spec_from_file_location("department_queue", EXAMPLE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def records(positions: Sequence[int], kind: str = "routing.work-item-offered.v1") -> list[ConsumerRecord]:
    """An item is offered at each of these positions."""
    return [
        ConsumerRecord(
            topic="redress.routing", partition=3, offset=0, timestamp=0, timestamp_type=0, key=b"", checksum=None,
            serialized_key_size=0, serialized_value_size=0,
            value=b'{"item_id": "%d", "number": "C-%d", "department": "desk", "task": "assess"}' % (position, position),
            headers=[("ce_sequence", b"%d" % position), ("ce_type", kind.encode())],
        )
        for position in positions
    ]  # fmt: skip


def test_repeats_change_nothing(code: ModuleType) -> None:
    queue = code.Queue()
    assert [queue.take(record) for record in records([1, 2, 1, 2, 3])] == [True, True, False, False, True]
    assert len(queue.lines("desk")) == 3


def test_a_hole_stops_it(code: ModuleType) -> None:
    queue = code.Queue()
    with pytest.raises(code.Missing, match="routing/3: 4 follows 2"):
        [queue.take(record) for record in records([1, 2, 4])]


def test_types_it_does_not_know_are_skipped(code: ModuleType) -> None:
    queue = code.Queue()
    assert not any(queue.take(record) for record in records([1, 2, 3], "routing.invented-later.v1"))


def test_it_imports_nothing_of_ours() -> None:
    parts = ast.walk(ast.parse(EXAMPLE.read_text(encoding="utf-8")))
    named = [
        [alias.name for alias in part.names] if isinstance(part, ast.Import) else [part.module or ""]
        for part in parts
        if isinstance(part, ast.Import | ast.ImportFrom)
    ]
    roots = {name.partition(".")[0] for names in named for name in names}
    assert roots - sys.stdlib_module_names == {"aiokafka"}
