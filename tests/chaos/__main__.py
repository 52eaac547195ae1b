"""`make chaos ROUNDS=200`: the product under fire for as long as one likes. Prints a line a round and a table at the end; the journal
stays in a folder. Exit status 1 when something does not hold.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
import traceback
from collections import Counter
from contextlib import AsyncExitStack
from pathlib import Path

from tests.chaos.disk import disk_for
from tests.chaos.faults import Hit
from tests.chaos.fire import Fire, town_of_parts
from tests.chaos.further import broker_away, clock_back, commits_cut, disk_full, storm_of_repeats
from tests.chaos.poison import discarded, poisoned

LOOK_EVERY = 25  # rounds
AWAY = 120.0
CUTS = 60


async def main(rounds: int, seed: int, folder: Path) -> int:
    this = asyncio.current_task()
    assert this is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    print(f"{rounds} rounds, seed {seed}, journal in {folder}", flush=True)
    began = time.monotonic()
    found: list[str] = []
    async with AsyncExitStack() as stack:
        disk = stack.enter_context(disk_for(folder / "postgres"))
        town = await stack.enter_async_context(town_of_parts(folder))
        fire = await stack.enter_async_context(Fire.lit(town, folder, seed, disk))
        for number in range(1, rounds + 1):
            at = time.monotonic()
            try:
                done = await fire.round(number)
            except TimeoutError as stuck:
                found.append(f"round {number}: {stuck}")
                print(f"{number:4} {found[-1]}", flush=True)
                continue
            hit = ", ".join(f"{h.target} {h.pid} ({_said(h)})" for h in done.hits)
            print(
                f"{number:4} {time.monotonic() - at:5.1f} s  hit {hit}; {done.acknowledged} acknowledged, {done.unanswered} attempts unanswered"
                + (f", {done.spared} spared" if done.spared else ""),
                flush=True,
            )
            if number % LOOK_EVERY == 0:
                found += await _looked(fire, f"after round {number}")
        found += await _further(fire)
        found += await _views_and_chains(fire)
        _table(fire, time.monotonic() - began)
    for sentence in found:
        print(f"  does not hold: {sentence}")
    print("Everything holds." if not found else f"{len(found)} things do not hold.", flush=True)
    return 1 if found else 0


async def _further(fire: Fire) -> list[str]:
    """The faults that are no SIGKILL, each followed by a look at everything."""

    async def poison() -> str:
        poisons = await poisoned(fire)
        await fire.recovered()
        return f"{len(poisons)} unreadable events parked {await discarded(fire, poisons)} times and discarded"

    async def away() -> str:
        await broker_away(fire, AWAY)
        return f"the broker was away for {AWAY:.0f} s"

    async def cut() -> str:
        return "commits cut: " + ", ".join(f"{n} {moment}" for moment, n in (await commits_cut(fire, CUTS)).items())

    async def storm() -> str:
        return f"storm of {await storm_of_repeats(fire)} repeats"

    async def clock() -> str:
        return f"clock stepped back, {await clock_back(fire)} events recorded meanwhile"

    async def full() -> str:
        return f"the disk was full, {await disk_full(fire)}"

    found: list[str] = []
    for fault in (away, cut, storm, clock, full, poison):
        try:
            found += await _looked(fire, await fault())
        except Exception as error:
            traceback.print_exc()
            found.append(f"{fault.__name__}: {error}")
    return found


async def _looked(fire: Fire, when: str) -> list[str]:
    found = await fire.verified()
    print(f"     {when}: {len(fire.journal.acknowledged)} acknowledged commands, {len(found)} findings", flush=True)
    fire.go_on()
    return found


async def _views_and_chains(fire: Fire) -> list[str]:
    await fire.at_rest()
    status, out, err = await fire.town.redress("verify", "--json")
    print(f"     redress verify: {'holds' if status == 0 else 'does not hold'}", flush=True)
    return [] if status == 0 else [*(line for line in out.splitlines() if '"what"' in line), err]


def _table(fire: Fire, seconds: float) -> None:
    hits = Counter(str(hit.target) for hit in fire.hits)
    at_work = Counter[str]()
    for hit in fire.hits:
        at_work[str(hit.target)] += sum(hit.in_flight.values())
    print(f"\n{len(fire.hits)} kills in {seconds / 60:.0f} min\n{'':22}{'killed':>8}{'in flight':>11}")
    for target in sorted(hits):
        print(f"{target:22}{hits[target]:8}{at_work[target]:11}")
    journal = fire.journal
    print(
        f"{len(journal.acknowledged)} commands acknowledged, {journal.attempts} attempts, {journal.unanswered} of them without an answer;"
        f" {sum(office.stories for office in fire.offices)} complaints brought to their end\n",
        flush=True,
    )


def _said(hit: Hit) -> str:
    return ", ".join(f"{n} {what}" for what, n in hit.in_flight.items() if n)


if __name__ == "__main__":
    wanted = int(os.environ.get("ROUNDS") or 20)
    drawn = int(os.environ.get("CHAOS_SEED") or time.time())
    into = Path(os.environ.get("CHAOS_FOLDER") or f".redress/chaos/{time.strftime('%Y%m%d-%H%M%S')}")
    into.mkdir(parents=True)
    sys.exit(asyncio.run(main(wanted, drawn, into.resolve())))
