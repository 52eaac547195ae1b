"""Does giving and taking access hold, here and in the other services, whatever is repeated or late?"""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import pytest_asyncio

from conftest import Database
from services.intake.access_api import router
from services.intake.issuing import FIRST, keep_admin_token
from services.intake.views.data_reads import DATA_READS
from services.intake.views.tokens import TOKENS
from shared.access import NotAdmitted, NotCurrent
from shared.clock import MachineClock
from shared.contracts.routing import PersonalDataRead
from shared.progress import Progress, parse_position
from shared.service import Service, Wiring, open_service
from shared.settings import Settings
from tests.alone import Alone, alone, rule

TOKENS_CALL = "/api/v1/access/tokens"
LI_NA: dict[str, Any] = {"name": "Li Na", "person": "li.na", "roles": ["desk"], "departments": ["desk"], "expires_on": "2099-12-31"}


def wire(service: Service) -> Wiring:
    return Wiring(routers=(router,), views=(TOKENS, DATA_READS))


@pytest_asyncio.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


@pytest.fixture
def admin(intake: Alone) -> httpx.AsyncClient:
    return intake.client("admin", person="boss")


async def issued(admin: httpx.AsyncClient, **changed: Any) -> dict[str, Any]:
    answer = await admin.post(TOKENS_CALL, json={**LI_NA, **changed})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def me(intake: Alone, token: str) -> httpx.Response:
    return await intake.client().get("/api/v1/access/me", headers={"authorization": f"Bearer {token}"})


async def test_a_new_token_opens_the_door_at_once(intake: Alone, admin: httpx.AsyncClient):
    token = await issued(admin, head_of=["desk"])
    answer = (await me(intake, token["token"])).json()
    assert (answer["id"], answer["person"], answer["roles"], answer["head_of"]) == (token["id"], "li.na", ["desk"], ["desk"])
    assert answer["expires_at"] == "2099-12-31T16:00:00Z"
    assert answer["may"]["post"] == ["all"]
    assert "administration" not in answer["may"]


async def test_person_is_the_name_unless_said(intake: Alone, admin: httpx.AsyncClient):
    token = await issued(admin, person=None)
    assert (await me(intake, token["token"])).json()["person"] == "Li Na"


async def test_a_repeated_request_gives_the_same_token_and_no_second_one(admin: httpx.AsyncClient, intake: Alone):
    key = {"idempotency-key": "first-try"}
    answers = [await admin.post(TOKENS_CALL, json=LI_NA, headers=key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    stored = await intake.service.pool.fetch("select answer from idempotency")
    assert len(stored) == 1
    assert answers[0].json()["token"].encode() not in stored[0]["answer"]
    assert rule(await admin.post(TOKENS_CALL, json={**LI_NA, "name": "Other"}, headers=key)) == (409, "idempotency-mismatch")


@pytest.mark.parametrize(
    ("changed", "at"),
    [
        ({"departments": ["kitchen"]}, "/departments/0"),
        ({"roles": []}, "/roles"),
        ({"roles": ["king"]}, "/roles/0"),
        ({"expires_on": "2020-01-01"}, "/expires_on"),
        ({"expires_on": "9999-12-31"}, "/expires_on"),
        ({"name": "  "}, "/name"),
        ({"secret": 1}, "/secret"),
    ],
)
async def test_a_token_that_makes_no_sense_is_not_issued(admin: httpx.AsyncClient, changed: dict[str, Any], at: str):
    answer = await admin.post(TOKENS_CALL, json={**LI_NA, **changed})
    assert rule(answer) == (422, "invalid")
    assert answer.json()["errors"][0]["at"] == at


async def test_only_administrators_give_and_take_access(intake: Alone):
    desk = intake.client("desk", "quality", "approver", "analyst", "auditor", "channel", "department")
    assert rule(await desk.post(TOKENS_CALL, json=LI_NA)) == (403, "forbidden")
    assert rule(await desk.get(TOKENS_CALL)) == (403, "forbidden")
    gone = await desk.request("DELETE", f"{TOKENS_CALL}/{uuid4()}", json={"reason": "x"})
    assert rule(gone) == (403, "forbidden")


async def test_a_revoked_token_is_refused_at_once_here(intake: Alone, admin: httpx.AsyncClient):
    token = await issued(admin)
    taken = await admin.request("DELETE", f"{TOKENS_CALL}/{token['id']}", json={"reason": "Lost her phone."})
    assert taken.status_code == 200
    assert taken.json()["version"] == 2
    assert rule(await me(intake, token["token"])) == (401, "unauthenticated")
    again = await admin.request("DELETE", f"{TOKENS_CALL}/{token['id']}", json={"reason": "Lost her phone."})
    assert (again.status_code, again.json()["version"]) == (200, 2)


async def test_revoking_needs_a_reason_and_a_token(admin: httpx.AsyncClient):
    token = await issued(admin)
    assert rule(await admin.request("DELETE", f"{TOKENS_CALL}/{token['id']}", json={"reason": " "})) == (422, "invalid")
    assert rule(await admin.request("DELETE", f"{TOKENS_CALL}/{uuid4()}", json={"reason": "x"})) == (404, "not-found")


async def test_other_services_hear_of_it_over_the_log(intake: Alone, admin: httpx.AsyncClient, database: Database, settings: Settings):
    token = await issued(admin)
    routing = await open_service(
        "routing", lambda _: Wiring(), settings=settings, keys=database.keys, dsn=database.owner, log=intake.log, clock=MachineClock()
    )
    await routing.start()
    try:
        await intake.service.relay.idle()
        await _heard(routing, token["position"])
        assert routing.access.admit(token["token"]).person == "li.na"
        taken = (await admin.request("DELETE", f"{TOKENS_CALL}/{token['id']}", json={"reason": "Left."})).json()
        await _heard(routing, taken["position"])
        with pytest.raises(NotAdmitted):
            routing.access.admit(token["token"])
    finally:
        await routing.stop()


async def _heard(service: Service, position: str) -> None:
    heard = Progress(service.name, service.pool, {"access": {"intake"}})
    await heard.caught_up([parse_position(position, service.settings.partitions)])
    await service.access.refresh()


async def test_without_word_from_intake_nobody_is_let_in(intake: Alone, admin: httpx.AsyncClient, database: Database, settings: Settings):
    token = await issued(admin)
    capa = await open_service(
        "capa", lambda _: Wiring(), settings=settings, keys=database.keys, dsn=database.owner, log=intake.log, clock=MachineClock()
    )
    try:
        with pytest.raises(NotCurrent):  # its consumers do not run, so whatever intake says is not reached
            capa.access.admit(token["token"])
    finally:
        await capa.stop()


async def test_the_list_shows_everything_but_the_tokens(intake: Alone, admin: httpx.AsyncClient):
    tokens = [await issued(admin, name=f"Person {n}") for n in range(3)]
    taken = await admin.request("DELETE", f"{TOKENS_CALL}/{tokens[0]['id']}", json={"reason": "Lost her phone."})
    first = await admin.get(TOKENS_CALL, params={"limit": 2, "min_position": [taken.json()["position"], tokens[2]["position"]]})
    second = await admin.get(TOKENS_CALL, params={"limit": 2, "cursor": first.json()["next"]})
    items = [*first.json()["items"], *second.json()["items"]]
    assert [item["name"] for item in items] == ["Person 2", "Person 1", "Person 0"]
    assert second.json()["next"] is None
    assert items[2]["reason"] == "Lost her phone."
    assert items[2]["revoked_by"] == "boss"
    assert items[0]["issued_by"] == "boss"
    assert items[0]["revoked_at"] is None
    assert not any(token["token"] in first.text + second.text for token in tokens)
    assert first.json()["as_of"]["positions"]
    assert rule(await admin.get("/api/v1/access/records", params={"cursor": first.json()["next"]})) == (422, "invalid")


async def test_who_read_what_is_on_record(intake: Alone):
    subject, other = uuid4(), uuid4()

    def read(of: UUID) -> list[Any]:
        event = PersonalDataRead(subjects=(of,), fields=("text",), call="GET /api/v1/cases/{complaint_id}")
        return intake.ledger.record(uuid4(), event)

    positions = await intake.publish(*read(subject), *read(other))
    auditor = intake.client("auditor")
    found = (await auditor.get("/api/v1/access/records", params={"subject": str(subject), "min_position": positions})).json()
    [item] = found["items"]
    assert (item["subjects"], item["fields"], item["service"]) == ([str(subject)], ["text"], "routing")
    assert item["actor"] == {"person": "anna", "name": "Anna", "role": "desk"}
    assert len((await auditor.get("/api/v1/access/records", params={"person": "anna"})).json()["items"]) == 2
    assert (await auditor.get("/api/v1/access/records", params={"person": "nobody"})).json()["items"] == []
    desk = intake.client("desk", "quality", "approver", "analyst", "channel", "department")
    assert rule(await desk.get("/api/v1/access/records")) == (403, "forbidden")


async def test_the_first_start_leaves_an_administrators_token_for_its_owner_alone(intake: Alone, settings: Settings):
    file = await keep_admin_token(intake.service)
    assert file == settings.data / "admin.token"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    token = file.read_text()
    answer = (await me(intake, token)).json()
    assert (answer["id"], answer["roles"]) == (str(FIRST), ["admin"])
    ends = datetime.fromisoformat(answer["expires_at"])
    assert timedelta(days=364) < ends - datetime.now(UTC) < timedelta(days=367)


async def test_a_later_start_gives_the_same_token_unless_it_was_revoked(intake: Alone, admin: httpx.AsyncClient):
    file = await keep_admin_token(intake.service)
    token = file.read_text()
    file.unlink()
    assert (await keep_admin_token(intake.service)).read_text() == token
    file.unlink()
    assert (await admin.request("DELETE", f"{TOKENS_CALL}/{FIRST}", json={"reason": "Not needed."})).status_code == 200
    assert not (await keep_admin_token(intake.service)).exists()


async def test_the_product_may_use_its_own_calls(intake: Alone):
    token = intake.service.access.token_for_this_call(["analyst"])
    assert (await me(intake, token)).json()["roles"] == ["analyst"]


async def test_a_list_says_up_to_when_it_is_complete(intake: Alone, admin: httpx.AsyncClient):
    token = await issued(admin)
    known = (await admin.get(TOKENS_CALL, params={"min_position": token["position"]})).json()["as_of"]
    _, partition, number = token["position"].split("/")
    assert known["positions"][f"intake/{partition}"] == int(number)
    assert known["positions"].keys() >= {f"intake/{n}" for n in range(8)}
    assert datetime.fromisoformat(known["recorded_at"]) <= datetime.now(UTC)
