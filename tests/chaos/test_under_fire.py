"""Does nothing get lost, repeated or reordered, whatever is killed, cut, filled or set back under load?

One product for all of these; each test ends with everything told to the clients held against everything stored.
"""

from __future__ import annotations

import json

from tests.chaos.faults import EVERYTHING
from tests.chaos.fire import Fire
from tests.chaos.further import broker_away, clock_back, commits_cut, disk_full, storm_of_repeats
from tests.chaos.poison import discarded, parked, poisoned

ROUNDS = 20
AWAY = 12.0  # seconds; `make chaos` takes two minutes
CUTS = 12


async def nothing_wrong(fire: Fire) -> None:
    found = await fire.verified()
    fire.go_on()
    assert found == []


async def test_kills_of_every_process_lose_nothing_and_repeat_nothing(fire: Fire):
    rounds = [await fire.round(number) for number in range(ROUNDS)]
    while {hit.target for hit in fire.hits} != set(EVERYTHING) and len(rounds) < 2 * ROUNDS:
        rounds.append(await fire.round(len(rounds)))  # somebody was never met at work
    assert all(hit.in_flight and hit.pid for done in rounds for hit in done.hits)
    assert all(done.hits and done.acknowledged for done in rounds)
    assert {hit.target for hit in fire.hits} == set(EVERYTHING), "each kind of process of each service was hit"
    assert fire.journal.unanswered, "no client noticed anything: that was no fire"
    await nothing_wrong(fire)


async def test_a_broker_that_stays_away_delays_and_loses_nothing(fire: Fire):
    await broker_away(fire, AWAY)
    await nothing_wrong(fire)


async def test_a_connection_cut_in_the_middle_of_a_commit_leaves_one_outcome(fire: Fire):
    cuts = await commits_cut(fire, CUTS)
    assert all(cuts.values())
    await nothing_wrong(fire)


async def test_a_storm_of_repeats_changes_nothing(fire: Fire):
    repeats = await storm_of_repeats(fire)
    assert repeats >= len(fire.journal.acknowledged), "every event was sent again"
    await nothing_wrong(fire)


async def test_recorded_time_rises_though_the_clock_steps_back(fire: Fire):
    behind = await clock_back(fire)
    assert behind, "nothing was recorded while the clock stood behind"
    await nothing_wrong(fire)


async def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(fire: Fire):
    await disk_full(fire)
    await nothing_wrong(fire)


async def test_an_unreadable_event_is_parked_in_every_service_and_all_else_goes_on(fire: Fire):
    poisons = await poisoned(fire)
    await fire.recovered()
    waiting = await parked(fire)
    assert {item["position"] for item in waiting if not item["following"]} <= {poison.position for poison in poisons}
    assert any(item["following"] for item in waiting), "what follows of the complaint waits behind it"
    assert await discarded(fire, poisons)
    assert await parked(fire) == []
    await nothing_wrong(fire)


async def test_chains_are_whole_and_every_view_equals_its_rebuild(fire: Fire):
    await fire.at_rest()
    status, out, err = await fire.town.redress("verify", "--json")
    fire.go_on()
    assert status == 0, out + err
    assert json.loads(out.splitlines()[-1]) == {"holds": True}
