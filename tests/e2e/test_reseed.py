"""Does an operator get a lost topic back, by the command that `redress verify` advises?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from shared.keys import load_or_make
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.settings import load
from tests.running import product, redress

BODY = {"channel": "phone", "content_class": "service_quality", "description": "kept"}


@pytest.fixture
async def stopped(tmp_path: Path) -> Path:
    """A product's folder with a few complaints."""
    data = tmp_path / "data"
    async with product(data) as running:
        await complain(running, 12)
    return data


async def complain(running, count: int) -> None:
    token = await running.token("Li Na", ["desk"], ["desk"])
    async with running.client(token) as http:
        for _ in range(count):
            receipt = (await http.post("/api/v1/complaints", json=BODY)).json()
        queue = (await http.get("/api/v1/queues/desk", params={"min_position": receipt["position"]})).json()
    assert receipt["id"] in {item["complaint_id"] for item in queue["items"]}


async def on_the_log(data: Path, statement: str) -> None:
    """Somebody with the server's own rights does it, while the product is stopped."""
    server = await EmbeddedPostgres.start(data, load_or_make(load(data=data)))
    owner = await connect(server.owner, "log")
    await owner.execute(statement)
    await owner.close()
    await server.stop()


async def test_verify_advises_it_the_command_does_it_and_everything_goes_on(stopped: Path):
    await on_the_log(stopped, "truncate log.intake")

    status, out, _ = await redress(stopped, "verify")
    assert status == 1
    assert "is empty, but" in out
    assert "`redress log reseed intake`" in out
    assert "cannot be compared" in out

    status, out, err = await redress(stopped, "log", "reseed", "intake")
    assert status == 0, err
    assert "events published from the store" in out

    status, out, err = await redress(stopped, "verify")
    assert status == 0, out + err
    async with product(stopped) as running:
        await complain(running, 1)
        status, out, err = await redress(stopped, "log", "reseed", "intake", "--json")  # beside the running product
        assert status == 0, err
        found = json.loads(out.splitlines()[-1])
        assert (found["topic"], found["published"]) == ("redress.intake", 0)
        assert found["held"] > 13


async def test_a_topic_with_another_history_is_left_alone(stopped: Path):
    await on_the_log(stopped, "update log.routing set value = '{}' where \"offset\" = 0")
    status, out, err = await redress(stopped, "log", "reseed", "routing")
    assert (status, out) == (1, "")
    assert "nothing was changed" in err
    assert "the log holds something else at this position" in err
