"""The complainant follows the case with number and secret; who guesses is stopped."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

import orjson
import pytest

from conftest import Database
from services.intake.service import wire
from services.intake.shown import Followed
from shared.contracts.intake import TrackingRefused
from shared.contracts.routing import CaseClosed, RemedyAnswered
from shared.contracts.vocabulary import ComplaintId
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_intake import LEAST, offered, post, since


@pytest.fixture
async def intake(database: Database, settings: Settings) -> AsyncIterator[Alone]:
    async with alone("intake", wire, database, settings) as running:
        yield running


async def test_the_complainant_follows_the_case_and_answers(intake: Alone):
    told = await post(intake)
    complaint = ComplaintId(UUID(told["id"]))
    seen = await intake.publish(*intake.ledger.record(complaint, *offered(complaint, told["number"])))
    async with intake.stranger() as person:
        answer = await person.post("/api/v1/tracking", json=told["tracking"], params={"min_position": [told["position"], *seen]})
        assert answer.status_code == 200, answer.text
        body = documented(Followed, answer.json())
        assert (body["state"], body["offer"], body["promises"]) == ("offered", {"round": 1, "text": "We repair it."}, [])
        assert [step["text"] for step in body["progress"]] == [
            "We have received your complaint.",
            "We have looked into it and are working on a remedy.",
            "We have proposed a remedy and await your answer.",
        ]
        chinese = await person.post("/api/v1/tracking", json=told["tracking"], headers={"accept-language": "zh-CN"})
        assert chinese.json()["progress"][0]["text"] == "我们已收到您的投诉。"

        yes = told["tracking"] | {"round": 1, "accepted": True, "comment": "At last."}
        assert rule(await person.post("/api/v1/tracking/answer", json=yes | {"round": 2})) == (409, "not-offered")
        done = await person.post("/api/v1/tracking/answer", json=yes)
        assert (done.status_code, done.json()["version"]) == (200, 3)
        assert rule(await person.post("/api/v1/tracking/answer", json=yes)) == (409, "already-decided")

        accepted = RemedyAnswered(complaint_id=complaint, round=1, accepted=True, medium="tracking", by="complainant")
        seen = await intake.publish(*intake.ledger.record(complaint, accepted))
        body = (await person.post("/api/v1/tracking", json=told["tracking"], params={"min_position": seen})).json()
        assert (body["state"], body["offer"]) == ("accepted", None)
        assert body["promises"] == [{"what": "repair, apology", "by": "within a week"}]


async def test_an_offer_that_staff_answered_or_a_closing_ended_is_not_open(intake: Alone):
    refused = RemedyAnswered(complaint_id=ComplaintId(UUID(int=0)), round=1, accepted=False, medium="phone", by="staff")
    ended = CaseClosed(complaint_id=ComplaintId(UUID(int=0)), closing_round=1, outcome="withdrawn")
    for last, expected in ((refused, "already-decided"), (ended, "not-offered")):
        told = await post(intake, LEAST)
        complaint = ComplaintId(UUID(told["id"]))
        events = [*offered(complaint, told["number"]), last.model_copy(update={"complaint_id": complaint})]
        seen = await intake.publish(*intake.ledger.record(complaint, *events))
        async with intake.stranger() as person:
            yes = told["tracking"] | {"round": 1, "accepted": True}
            answer = await person.post("/api/v1/tracking/answer", json=yes, params={"min_position": [told["position"], *seen]})
            assert rule(answer) == (409, expected)


async def test_ten_wrong_secrets_close_a_number_and_no_other(intake: Alone):
    mine, other = await post(intake, LEAST), await post(intake, LEAST)
    async with intake.stranger() as person:
        wrong = {"number": mine["number"], "secret": "AAAA-AAAA-AAAA-AAAA"}
        for n in range(10):
            answer = await person.post("/api/v1/tracking", json=wrong, params=since(mine, other) if n == 0 else {})
            assert answer.status_code == 404
        refused = await person.post("/api/v1/tracking", json=mine["tracking"])
        assert rule(refused) == (429, "too-many")
        assert refused.headers["retry-after"] == "900"
        assert (await person.post("/api/v1/tracking", json=other["tracking"])).status_code == 200


async def test_a_wrong_secret_is_on_record_without_the_address(intake: Alone):
    mine = await post(intake, LEAST)
    async with intake.stranger() as person:
        wrong = {"number": mine["number"], "secret": "AAAA-AAAA-AAAA-AAAA"}
        assert (await person.post("/api/v1/tracking", json=wrong, params=since(mine))).status_code == 404
    [row] = await intake.service.pool.fetch("select data from events where type = $1", TrackingRefused.TYPE)
    assert orjson.loads(row["data"])["number"] == mine["number"]
    assert b"127.0.0.1" not in row["data"]


async def test_a_hundred_wrong_ones_from_an_address_end_its_guessing_but_the_right_one_gets_in(intake: Alone):
    told = await post(intake, LEAST)
    async with intake.stranger() as person:
        for n in range(100):
            wrong = {"number": f"C-2026-{n + 500:06}", "secret": "AAAA-AAAA-AAAA-AAAA"}
            assert (await person.post("/api/v1/tracking", json=wrong)).status_code == 404
        wrong = {"number": "C-2026-000900", "secret": "AAAA-AAAA-AAAA-AAAA"}
        assert rule(await person.post("/api/v1/tracking", json=wrong)) == (429, "too-many")
        assert (await person.post("/api/v1/tracking", json=told["tracking"], params=since(told))).status_code == 200


async def test_what_is_sealed_stands_nowhere_in_clear(intake: Alone):
    told = await post(intake)
    async with intake.client("desk") as desk:
        await desk.post("/api/v1/complaints/lookup", json={"phone": "13800138000"}, params=since(told))
    for table in ("events", "idempotency", "complaints", "complaint_states", "lookup", "tracking_steps", "data_reads"):
        for row in await intake.service.pool.fetch(f"select * from {table}"):
            text = repr([value if not isinstance(value, bytes) else value.decode("latin-1") for value in row.values()])
            for secret in ("Li Wei", "13800138000", "138 0013", "wei@", "leaks since", "Road 1"):
                assert secret not in text, f"{secret} in {table}"
