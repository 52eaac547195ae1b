"""Who gets at the keys of sealed text, and what is left when one is shredded?"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from conftest import Database
from shared.contracts.intake import ComplaintReceived
from shared.contracts.vocabulary import Complainant, ComplaintId
from shared.envelope import Envelope, Meta, Recorded
from shared.keys import Keys
from shared.sealing import ORGANISATION, Opened, Tampered, Vault, box, opened, plain, seal, unsealed
from shared.testing import ANNA, NOON


class Seconds:
    """A clock for what is remembered."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest_asyncio.fixture
async def pool(database: Database) -> AsyncIterator[asyncpg.Pool]:
    async with database.pool("intake") as opened_pool:
        yield opened_pool


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def vault(database: Database, seconds: Seconds) -> Vault:
    return Vault(database.keys, seconds)


def envelope(complaint: UUID, key: bytes) -> Envelope:
    event = ComplaintReceived(
        complaint_id=ComplaintId(complaint), number="C-2026-000001", channel="phone", content_class="product_quality",
        received_at=NOON, description="It leaks.", complainant=Complainant(name="Li Wei"),
    ).stamped(actor=ANNA, on_behalf_of=None, occurred_at=NOON)  # fmt: skip
    event_id = uuid4()
    data = seal(event, event_id, complaint, key).model_dump_json(exclude_none=True).encode()
    assert b"Li Wei" not in data
    meta = Meta(str(complaint)).to_bytes()
    now = datetime.now(UTC)
    return Envelope(Recorded("intake", 0, 1, complaint, 1, event.TYPE, 1, data, meta, event_id, now, now, b""))


async def key_of(vault: Vault, connection: asyncpg.Connection | asyncpg.Pool, subject: UUID, *, make: bool = True) -> bytes | None:
    return (await vault.keys(connection, [subject], make=make)).get(subject)


async def test_a_subject_keeps_its_key(vault: Vault, pool: asyncpg.Pool, seconds: Seconds):
    subject = uuid4()
    first = await key_of(vault, pool, subject)
    seconds.now += 60
    assert first is not None
    assert await key_of(vault, pool, subject) == first


async def test_every_service_gets_the_same_key(vault: Vault, pool: asyncpg.Pool, database: Database):
    subject = uuid4()
    made = await key_of(vault, pool, subject)
    for service in ("routing", "capa", "survey", "reporting"):
        connection = await database.connect(service)
        assert await key_of(Vault(database.keys), connection, subject, make=False) == made
        await connection.close()


async def test_who_only_reads_makes_no_key(vault: Vault, pool: asyncpg.Pool):
    assert await vault.keys(pool, [uuid4()], make=False) == {}


async def test_two_who_make_a_key_at_the_same_time_get_the_same_one(database: Database, pool: asyncpg.Pool):
    subjects = [uuid4() for _ in range(50)]
    vaults = [Vault(database.keys) for _ in range(4)]
    found = await asyncio.gather(*(vault.keys(pool, subjects, make=True) for vault in vaults))
    assert all(keys == found[0] for keys in found)
    assert len(set(found[0].values())) == 50


async def test_a_key_whose_making_was_rolled_back_is_not_remembered(vault: Vault, pool: asyncpg.Pool, database: Database):
    subject = uuid4()
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        lost = await key_of(vault, connection, subject)
        await transaction.rollback()
        kept = await key_of(vault, connection, subject)
    assert lost != kept
    assert kept == await key_of(Vault(database.keys), pool, subject, make=False)


async def test_after_shredding_nothing_opens_any_more_within_five_seconds(
    vault: Vault, pool: asyncpg.Pool, database: Database, seconds: Seconds
):
    subject = uuid4()
    key = await key_of(vault, pool, subject)
    assert key is not None
    event = envelope(subject, key)
    boxes = [box(event, "description"), box(event, "complainant"), box(event, "remedy_sought")]
    assert [one.value for one in await opened(vault, pool, boxes)] == ["It leaks.", {**Complainant(name="Li Wei").model_dump()}, None]

    assert await Vault(database.keys).shred(pool, subject)  # by another process
    seconds.now += 5.0
    assert await opened(vault, pool, boxes) == [Opened(erased=True), Opened(erased=True), Opened()]
    [found] = await unsealed(vault, pool, [event])
    assert found.erased
    assert isinstance(found.event, ComplaintReceived)
    assert plain(found.event.description) is None
    assert found.event.number == "C-2026-000001"


async def test_a_shredded_subject_never_gets_a_new_key(vault: Vault, pool: asyncpg.Pool):
    known, unknown = uuid4(), uuid4()
    await key_of(vault, pool, known)
    assert await vault.shred(pool, known)
    assert not await vault.shred(pool, known)
    assert not await vault.shred(pool, unknown)
    assert await vault.keys(pool, [known, unknown], make=True) == {known: None, unknown: None}


async def test_an_event_reads_in_clear_with_its_key(vault: Vault, pool: asyncpg.Pool):
    subject = uuid4()
    key = await key_of(vault, pool, subject)
    assert key is not None
    [found] = await unsealed(vault, pool, [envelope(subject, key)])
    assert isinstance(found.event, ComplaintReceived)
    assert (found.event.description, found.event.complainant, found.erased) == ("It leaks.", Complainant(name="Li Wei"), False)


async def test_a_key_put_under_another_subject_does_not_open(database: Database, pool: asyncpg.Pool, vault: Vault):
    mine, other = uuid4(), uuid4()
    await vault.keys(pool, [mine, other], make=True)
    owner = await asyncpg.connect(host=database.owner.host, port=database.owner.port, user=database.owner.user,
                                  password=database.owner.password, database=database.owner.database)  # fmt: skip
    await owner.execute(
        "update vault.keys set wrapped = (select wrapped from vault.keys where subject = $1) where subject = $2", other, mine
    )
    await owner.close()
    with pytest.raises(Tampered):
        await key_of(Vault(database.keys), pool, mine)


async def test_another_master_key_opens_nothing(pool: asyncpg.Pool, vault: Vault):
    await key_of(vault, pool, ORGANISATION)
    with pytest.raises(Tampered):
        await key_of(Vault(Keys.generate()), pool, ORGANISATION)


@pytest.mark.parametrize("service", ["intake", "routing", "capa", "survey", "reporting"])
async def test_no_service_sees_the_keys_themselves(database: Database, service: str):
    connection = await database.connect(service)
    for statement in ("select * from vault.keys", "delete from vault.keys", "update vault.keys set wrapped = null"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)
    await connection.close()


@pytest.mark.parametrize("service", ["routing", "capa", "survey", "reporting"])
async def test_intake_alone_may_shred(database: Database, service: str):
    connection = await database.connect(service)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("select vault.shred($1)", uuid4())
    await connection.close()


async def test_a_table_of_the_same_name_does_not_lead_the_functions_astray(database: Database):
    connection = await database.connect("intake")
    await connection.execute("create temporary table keys (subject uuid primary key, wrapped bytea)")
    subject = uuid4()
    await key_of(Vault(database.keys), connection, subject)
    assert await connection.fetchval("select count(*) from pg_temp.keys") == 0
    await connection.close()
