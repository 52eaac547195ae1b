"""Which faults are there beside a SIGKILL? Each is done to a product at work; afterwards everything goes on."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from random import Random

import asyncpg

from shared.contracts.vocabulary import SERVICES
from shared.postgres.connect import Dsn, connect
from tests.chaos.cutting import MOMENTS, Moment, Wire
from tests.chaos.faults import PARTS, Part, Target
from tests.chaos.fire import Fire
from tests.chaos.standing import LOOK_EVERY
from tests.chaos.stored import stores, topics

CUT_ONE_IN = 6
CUT_WITHIN = 60.0
BACK = timedelta(hours=1)
REFUSED_WITHIN = 60.0
REFUSALS = 20

# Another function of the same name: what the server compiled in cannot be replaced, only renamed. Sessions that are open keep
# the one they know, so the server is started again, as after a machine whose clock was set back.
_STEP_BACK = (
    "set allow_system_table_mods = on;"
    " alter function pg_catalog.clock_timestamp() rename to true_clock_timestamp;"
    " create function pg_catalog.clock_timestamp() returns timestamptz language sql volatile parallel safe"
    f" as $$ select pg_catalog.true_clock_timestamp() - interval '{BACK.total_seconds()} seconds' $$"
)
_STEP_FORTH = (
    "set allow_system_table_mods = on; drop function pg_catalog.clock_timestamp();"
    " alter function pg_catalog.true_clock_timestamp() rename to clock_timestamp"
)
_CLOCK = "select clock_timestamp()"
_EVERYBODY_OUT = (
    "select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
)


async def broker_away(fire: Fire, seconds: float) -> None:
    """The broker is killed at work and stays away for so long."""
    hit = await fire.killer.strike(Target("broker"))
    assert hit is not None, "the broker had nothing to do"
    await fire.down_for(seconds)
    await fire.bring_back([hit.target])
    await fire.recovered()
    fire.hits.append(hit)


async def commits_cut(fire: Fire, cuts: int) -> Counter[Moment]:
    """Every process of intake and routing reaches PostgreSQL over a wire that breaks in the middle of commits, so often at least."""
    straight = fire.town.postgres.url
    parts = [(service, part) for service in ("intake", "routing") for part in PARTS]
    async with Wire(fire.town.postgres.port, Random(fire.random.random())) as wire:
        await _over(fire, parts, wire.url(straight))
        wire.one_in = CUT_ONE_IN
        enough = await fire.journal.until(lambda: wire.cuts.total() >= cuts and len(wire.cuts) == len(MOMENTS), CUT_WITHIN)
        wire.one_in = 0
        assert enough, f"only {wire.cuts} within {CUT_WITHIN:.0f} s"
        fire.journal.write(commits_cut=wire.cuts)
        await fire.recovered()
        await _over(fire, parts, straight)
    await fire.recovered()
    return wire.cuts


async def _over(fire: Fire, parts: list[tuple[str, Part]], url: str) -> None:
    """These processes are stopped and started with this way to PostgreSQL."""

    async def moved(service: str, part: Part) -> None:
        await fire.town.stop(f"{service}.{part}-1")
        process = await fire.town.start(service, part, REDRESS_DATABASE_URL=url)
        await fire.town.ready(process.name)

    await asyncio.gather(*(moved(service, part) for service, part in parts))


async def storm_of_repeats(fire: Fire) -> int:
    """Every relay forgets how far it was and sends all again; answers how many repeats stand on the topics afterwards."""
    relays = [Target("relay", service) for service in SERVICES]
    for relay in relays:
        await fire.town.kill(f"{relay.service}.relay-1")
    owner = await connect(Dsn.parse(fire.town.postgres.url), "public")
    for service in SERVICES:
        await owner.execute(f"update {service}.relay_checkpoints set position = 0")
    await owner.close()
    fire.journal.write(storm="relay checkpoints set to 0")
    await fire.bring_back(relays)
    await fire.recovered()
    await fire.at_rest()
    assert fire.town.broker is not None
    sent = await topics(fire.town.broker.bootstrap)
    repeats = sum(len(copies) - len({copy.position for copy in copies}) for copies in sent.values())
    fire.go_on()
    return repeats


async def clock_back(fire: Fire) -> int:
    """PostgreSQL's clock goes back an hour and forth again; answers how many events were recorded by a clock that stood behind."""
    dsn = Dsn.parse(fire.town.postgres.url)
    owner = await connect(dsn, "public")
    before = await owner.fetchval(_CLOCK)
    await _alone(owner, dsn.database, _STEP_BACK)
    await owner.close()
    await _restarted(fire)
    owner = await connect(dsn, "public")
    now = await owner.fetchval(_CLOCK)
    assert now < before, f"the clock shows {now}, before the step it was {before}"
    fire.journal.write(clock=now, before=before)
    await fire.recovered()
    await _alone(owner, dsn.database, _STEP_FORTH)
    await owner.close()
    await fire.at_rest()
    behind = sum(1 for event in await stores(dsn) if event.occurred_at - event.recorded_at > timedelta(seconds=1))
    fire.go_on()
    await _restarted(fire)
    await fire.recovered()
    return behind


async def _alone(owner: asyncpg.Connection, database: str, change: str) -> None:
    """While nobody else is connected: a query that runs while its function is exchanged fails as no clock ever makes it fail."""
    await owner.execute(f'alter database "{database}" connection limit 0')  # the superuser is let in
    await owner.execute(_EVERYBODY_OUT)
    await owner.execute(change)
    await owner.execute(f'alter database "{database}" connection limit -1')


async def _restarted(fire: Fire) -> None:
    fire.town.kill_postgres()
    await fire.town.start_postgres()


async def disk_full(fire: Fire) -> str:
    """The disk fills up under the product at work, which must refuse and not lose; then there is room again. Says what PostgreSQL did."""
    before = fire.journal.unanswered
    fire.disk.fill(fire.town.postgres)
    refused = await fire.journal.until(lambda: fire.journal.unanswered >= before + REFUSALS, REFUSED_WITHIN)
    fire.disk.make_room(fire.town.postgres)
    died = await _looked_after(fire)
    fire.journal.write(disk_full=type(fire.disk).__name__, unanswered=fire.journal.unanswered - before, died=died)
    await fire.recovered()
    assert refused, "nobody noticed that the disk was full"
    return "PostgreSQL gave up and was started again" if died else "PostgreSQL stayed up"


async def _looked_after(fire: Fire) -> bool:
    """Without room for its log of changes the server may give up; then it is started again, as by whoever looks after it. Says whether."""
    died = False
    answer = asyncio.create_task(fire.watch.lag())
    while not (await asyncio.wait((answer,), timeout=LOOK_EVERY))[0]:
        if fire.town.postgres.pid is None:
            died = True
            await fire.town.start_postgres()
    return died
