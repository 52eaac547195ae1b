"""Is a changed, removed or inserted row named? Somebody with the server's own rights tampers; `redress verify` tells."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.keys import load_or_make
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.settings import load
from tests.running import product, redress

FREE = "alter table events disable trigger all"
TAMPERINGS = {
    "a changed text": "update events set data = replace(convert_from(data, 'UTF8'), 'phone', 'email')::bytea where partition = {p} and position = 2",
    "a changed time": "update events set recorded_at = recorded_at + interval '1 day' where partition = {p} and position = 2",
    "a removed event": "delete from events where partition = {p} and position = 2",
    "a removed last event": "delete from events where partition = {p} and position = {last}",
    "an inserted event": (
        "insert into events select partition, {last} + 1, gen_random_uuid(), 1, type, schema_version, data, meta, gen_random_uuid(),"
        " occurred_at, recorded_at, hash from events where partition = {p} and position = 2"
    ),
}


@pytest.fixture(scope="module")
async def written(tmp_path_factory) -> Path:
    """A stopped product's folder with a few complaints, all on one partition or another."""
    data = tmp_path_factory.mktemp("tampering") / "data"
    async with product(data) as running:
        token = await running.token("Li Na", ["desk"], ["desk"])
        async with running.client(token) as http:
            for _ in range(24):
                body = {"channel": "phone", "content_class": "service_quality", "description": "kept"}
                receipt = (await http.post("/api/v1/complaints", json=body)).json()
            assert (await http.get("/api/v1/queues/desk", params={"min_position": receipt["position"]})).is_success
    return data


async def tampered(data: Path, statement: str) -> str:
    """Does it to intake, in the partition with most events; answers where."""
    server = await EmbeddedPostgres.start(data, load_or_make(load(data=data)))
    try:
        owner = await connect(server.owner, "intake")
        row = await owner.fetchrow("select partition as p, max(position) as last from events group by partition order by 2 desc limit 1")
        await owner.execute(FREE)
        await owner.execute(statement.format(**row))
        await owner.execute("alter table events enable trigger all")
        await owner.close()
        return f"intake/{row['p']}/"
    finally:
        await server.stop()


async def test_what_was_not_touched_holds(written, tmp_path):
    copy = await copied(written, tmp_path / "data")
    status, out, err = await redress(copy, "verify")
    assert status == 0, out + err
    assert "Everything fits." in out


@pytest.mark.parametrize("what", TAMPERINGS)
async def test_tampering_is_named(written, tmp_path, what):
    copy = await copied(written, tmp_path / "data")
    where = await tampered(copy, TAMPERINGS[what])
    status, out, err = await redress(copy, "verify")
    assert status == 1, out + err
    assert any(line.startswith(where) for line in out.splitlines()), out


async def copied(source: Path, target: Path) -> Path:
    """With its owners: the server will not start on files that are another's."""
    process = await asyncio.create_subprocess_exec("cp", "-a", str(source), str(target))
    assert await process.wait() == 0
    return target
