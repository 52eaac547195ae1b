"""The organisation's rules through routing's doors: read, tried, adopted, and followed by every service."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from conftest import Database
from services.capa.service import wire as wire_capa
from services.routing.policy_adoption import POLICY_ID
from services.routing.service import wire
from shared.clock import ManualClock
from shared.contracts.routing import PolicyAdopted
from shared.settings import Settings
from tests.alone import Alone, alone, rule

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = "2026-11-20"


@pytest.fixture
async def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def routing(database: Database, settings: Settings, clock: ManualClock) -> AsyncIterator[Alone]:
    async with alone("routing", wire, database, settings, clock) as running:
        yield running


async def rules(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/policy")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def changed(policy: dict[str, Any], *path: str, to: Any) -> dict[str, Any]:
    policy = copy.deepcopy(policy)
    inner = policy
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = to
    return policy


async def put(client: httpx.AsyncClient, policy: Any, **more: Any) -> httpx.Response:
    return await client.put("/api/v1/policy", json={"policy": policy, "effective_on": TODAY, "reason": "as agreed", **more})


@pytest.mark.parametrize("role", ["channel", "desk", "department", "quality", "approver", "analyst", "auditor", "admin"])
async def test_everybody_may_read_the_policy(routing, role):
    async with routing.client(role) as client:
        found = await rules(client)
    assert (found["version"], found["in_force"]) == ("default.1", True)
    assert found["clocks"]["desk_remedy"]["ordinary"] == "48h"
    assert found["policy"]["calendar"]["hours"] == {"from": "08:30", "to": "17:30"}


@pytest.mark.parametrize("role", ["channel", "desk", "department", "quality", "approver", "analyst", "auditor"])
async def test_only_an_administrator_adopts(routing, role):
    async with routing.client(role) as client:
        assert (await put(client, await rules(client))).status_code == 403


@pytest.mark.parametrize("whole", [True, False])
async def test_what_was_read_may_be_changed_and_sent_back_and_holds_at_once(routing, whole):
    async with routing.client("admin") as admin:
        found = await rules(admin)
        answer = await put(admin, changed(found if whole else found["policy"], "reminders", "count", to=5))
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["policy_version"] == "default.2"
        assert told["difference"] == [{"at": "/reminders/count", "before": 3, "after": 5}]
        assert answer.headers["etag"] == '"1"'
        now = await rules(admin)
        assert (now["version"], now["reminders"]) == ("default.2", {"count": 5})
        assert routing.service.policy().reminders == 5


async def test_the_days_of_a_policy_begin_at_midnight_of_the_organisation(routing, clock):
    async with routing.client("admin") as admin:
        policy = changed((await rules(admin))["policy"], "reporting_day", to=10)
        assert (await put(admin, policy, effective_on="2026-11-22")).status_code == 200
        found = await rules(admin)
        assert (found["version"], [one["version"] for one in found["upcoming"]]) == ("default.1", ["default.2"])
        clock.set(datetime(2026, 11, 21, 16, 0, tzinfo=UTC))
        assert (await rules(admin))["version"] == "default.2"
        assert (await admin.get("/api/v1/policy", params={"version": "default.1"})).json()["reporting_day"] == 8
        assert (await admin.get("/api/v1/policy", params={"version": "default.9"})).status_code == 404


async def test_a_past_day_is_refused(routing):
    async with routing.client("admin") as admin:
        answer = await put(admin, (await rules(admin))["policy"], effective_on="2026-11-19")
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["at"] == "/effective_on"


async def test_a_try_changes_nothing_and_says_what_would(routing):
    async with routing.client("admin") as admin:
        policy = changed((await rules(admin))["policy"], "clocks", "take", "major", to="30min")
        answer = await put(admin, policy, dry_run=True)
        assert answer.json()["difference"] == [{"at": "/clocks/take/major", "before": "1h", "after": "30min"}]
        assert (await rules(admin))["version"] == "default.1"
        assert (await put(admin, policy, dry_run=True, effective_on="2026-11-19")).status_code == 422


@pytest.mark.parametrize(
    ("path", "wrong", "at"),
    [
        (("clocks", "desk_remedy", "ordinary"), "soon", "/policy/clocks/desk_remedy/ordinary"),
        (("clocks", "desk_remedies"), {}, "/policy/clocks/desk_remedies"),
        (("matrix", "price"), "treasury", "/policy/matrix/price"),
        (("ladder",), [{"after": "2h", "to": "head"}, {"after": "1h", "to": "desk"}], "/policy/ladder/1/after"),
        (("departments",), ["desk"], "/policy/departments"),
        (("people",), [{"person": "li", "name": "Li"}], "/policy/people/0/department"),
        (("calendar", "holidays"), ["tomorrow"], "/policy/calendar/holidays/0"),
    ],
)
async def test_a_bad_policy_is_refused_with_the_place_at_fault(routing, path, wrong, at):
    async with routing.client("admin") as admin:
        answer = await put(admin, changed((await rules(admin))["policy"], *path, to=wrong))
        assert answer.status_code == 422, answer.text
        assert at in [error["at"] for error in answer.json()["errors"]]
        assert (await rules(admin))["version"] == "default.1"


async def test_a_reason_is_needed_and_stays_on_record_sealed(routing):
    async with routing.client("admin") as admin:
        policy = (await rules(admin))["policy"]
        assert (await put(admin, policy, reason=" ")).status_code == 422
        position = (await put(admin, policy)).json()["position"]
        stored = await routing.service.store.page(int(position.split("/")[1]), 0, 10)
    assert b"as agreed" not in b"".join(one.data for one in stored)


async def test_who_read_an_older_policy_is_told(routing):
    async with routing.client("admin") as admin:
        policy = (await rules(admin))["policy"]
        assert (await put(admin, policy)).status_code == 200
        answer = await admin.put(
            "/api/v1/policy", json={"policy": policy, "effective_on": TODAY, "reason": "again"}, headers={"if-match": '"0"'}
        )
        assert rule(answer) == (412, "version-conflict")


async def test_a_year_without_known_holidays_is_told_of_in_time(routing, clock):
    async with routing.client("desk") as desk:
        assert (await rules(desk))["warnings"] == [
            "The calendar knows no holidays of 2027: ordinary weeks are counted. Adopt a policy that lists them."
        ]
        answer = await desk.get("/api/v1/policy", headers={"accept-language": "zh-CN"})
        assert "2027" in answer.json()["warnings"][0]
        assert "节假日" in answer.json()["warnings"][0]


async def test_another_service_decides_by_it_without_asking(database, settings, routing):
    async with alone("capa", wire_capa, database, settings, ManualClock(NOON)) as capa, routing.client("admin") as admin:
        policy = changed((await rules(admin))["policy"], "owner", "important", to="production")
        event = PolicyAdopted(version="theirs", effective_on=NOON.date() - timedelta(days=1), policy=policy)
        capa.ledger.now = NOON - timedelta(minutes=1)
        [position] = await capa.publish(*capa.ledger.record(POLICY_ID, event))
        async with capa.client("quality") as quality:
            await quality.get("/api/v1/capas", params={"min_position": position})
        assert capa.service.policy().version == "theirs"
        assert capa.service.policy().owner("important", None) == "production"


async def test_a_service_that_starts_later_knows_what_was_adopted_before(database, settings, clock):
    async with alone("routing", wire, database, settings, clock) as first, first.client("admin") as admin:
        assert (await put(admin, changed((await rules(admin))["policy"], "reminders", "count", to=7))).status_code == 200
    async with alone("routing", wire, database, settings, clock) as again:
        assert again.service.policy().reminders == 7
