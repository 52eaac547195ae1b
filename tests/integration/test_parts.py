"""Does each process of a service say truly what it can do, and does what it appends reach a relay that runs elsewhere?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from conftest import PARTITIONS, Database
from services.intake.issuing import keep_admin_token
from services.serve import PartEnded, until
from services.survey.service import wire
from services.wiring import wire_of
from shared.clock import MachineClock
from shared.contracts.vocabulary import SERVICES
from shared.log.memory import MemoryLog
from shared.log.port import Watermark
from shared.operations.api import operations_app
from shared.relay import Calling
from shared.service import Part, Service, open_service
from shared.settings import Settings
from tests.alone import Alone, alone

PATIENCE = 20.0


@pytest_asyncio.fixture
async def survey(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("survey", wire, database, settings) as running:
        yield running


async def asked(service: Service, path: str) -> tuple[int, str]:
    transport = httpx.ASGITransport(operations_app([service]))
    async with httpx.AsyncClient(transport=transport, base_url="http://process") as http:
        answer = await http.get(path)
    return answer.status_code, answer.text


async def speak(log: MemoryLog, service: str) -> None:
    """As its relay does each second."""
    await log.publish_watermarks(service, {partition: Watermark(0, datetime.now(UTC)) for partition in range(PARTITIONS)})


async def test_a_part_that_ended_is_no_good_health(survey: Alone):
    await speak(survey.log, "survey")
    await survey.heartbeat(httpx.Request("GET", "http://process"))
    assert await asked(survey.service, "/healthz") == (200, '{"status":"alive"}')
    assert (await asked(survey.service, "/readyz"))[0] == 200

    async def fail() -> None:
        raise ZeroDivisionError

    survey.service.background.run("views", fail())
    async with asyncio.timeout(PATIENCE):
        await survey.service.background.failed.wait()
    for path in ("/healthz", "/readyz"):
        status, said = await asked(survey.service, path)
        assert status == 503
        assert "survey.views ended with ZeroDivisionError" in said


async def test_a_process_ends_with_its_part(survey: Alone):
    async def end() -> None:
        return

    survey.service.background.run("views", end())
    serving = asyncio.create_task(asyncio.Event().wait())
    async with asyncio.timeout(PATIENCE):
        with pytest.raises(PartEnded, match=r"survey\.views ended"):
            await until(serving, survey.service)
    serving.cancel()


async def test_a_part_that_was_stopped_has_not_failed(survey: Alone):
    await survey.service.stop()
    assert survey.service.background.ended == {}


@pytest.mark.parametrize(("part", "troubles"), [
    ("relay", []),
    ("consumers", ["its relay has not been heard of"]),
    ("api", ["its relay has not been heard of", "it is not known that the list of revoked tokens is current"]),
])  # fmt: skip
async def test_a_part_answers_for_what_it_needs(database: Database, settings: Settings, part: Part, troubles: list[str]):
    log = MemoryLog(SERVICES, PARTITIONS)
    service = await open_service(
        "survey", wire, settings=settings, keys=database.keys, dsn=database.owner, log=log, clock=MachineClock(), one_of_many=True
    )
    await service.start((part,))
    try:
        if part == "relay":
            await speak(log, "survey")
        status, said = await asked(service, "/readyz")
        assert status == (503 if troubles else 200)
        assert all(trouble in said for trouble in troubles), said
        assert said.count('"') == 4 + 2 + 2 * len(troubles), said
    finally:
        await service.stop()


async def test_a_relay_elsewhere_is_called(database: Database):
    async with database.pool("survey") as pool:
        calling = Calling("survey", pool, lambda: True)
        working = asyncio.create_task(calling.run())
        heard = asyncio.Event()
        relays = await database.connect("survey")
        await calling.listen(relays, heard)
        for _ in range(2):
            heard.clear()
            calling.call()
            async with asyncio.timeout(PATIENCE):
                await heard.wait()
        calling.stop()
        await working
        await relays.close()


async def test_nobody_is_called_when_the_relay_is_here(database: Database):
    async with database.pool("survey") as pool:
        calling = Calling("survey", pool, lambda: False)
        heard = asyncio.Event()
        relays = await database.connect("survey")
        await calling.listen(relays, heard)
        calling.call()
        calling.stop()
        await calling.run()
        await relays.execute("select 1")  # what was notified before is heard by now
        assert not heard.is_set()
        await relays.close()


async def test_instances_that_start_at_once_hand_out_one_administrators_token(database: Database, settings: Settings, tmp_path: Path):
    folders = [settings.model_copy(update={"data": tmp_path / name}) for name in ("one", "two", "three")]
    log = MemoryLog(SERVICES, PARTITIONS)
    intakes = [
        await open_service(
            "intake",
            wire_of("intake"),
            settings=own,
            keys=database.keys,
            dsn=database.owner,
            log=log,
            clock=MachineClock(),
            one_of_many=True,
        )
        for own in folders
    ]
    try:
        for intake in intakes:
            await intake.start(("api",))
        files = await asyncio.gather(*(keep_admin_token(intake) for intake in intakes))
        assert len({file.read_text() for file in files}) == 1
        assert [file.stat().st_mode & 0o777 for file in files] == [0o600] * 3
        assert await intakes[0].pool.fetchval("select count(*) from events where type = 'intake.token-issued.v1'") == 1
    finally:
        for intake in intakes:
            await intake.stop()
