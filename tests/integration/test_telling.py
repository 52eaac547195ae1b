"""Are people told, once, and is it on record? Against a real SMTP server (RT-16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from conftest import Database
from services.intake.notifications_api import Notifications
from services.intake.notifying import sender
from services.intake.notifying.notification import NOTIFICATION, Attempt, Request, Told
from services.intake.service import wire
from services.intake.views.notifications import NOTIFICATIONS
from shared.commands import Asked
from shared.consumer.reacting import SYSTEM
from shared.contracts.intake_notifications import NotificationAttempted, NotificationFailed, NotificationSent
from shared.contracts.routing import DeadlineMissed, PolicyAdopted, RemedyOffered, WorkItemOffered
from shared.contracts.vocabulary import ComplaintId
from shared.envelope import Envelope
from shared.policy import shipped_content
from shared.settings import Settings
from tests.alone import Alone, alone, documented, rule
from tests.integration.test_intake import WHOLE, post
from tests.mailbox import Mailbox, drop, says

PATIENCE = 20.0
NO_MAIL = {**WHOLE, "complainant": {"phone": "138 0013 8000"}}


class Outcomes:
    """Hears of the ends of notifications, once the views show them."""

    def __init__(self, running: Alone) -> None:
        self.ended: list[NotificationSent | NotificationFailed] = []
        self._news = asyncio.Event()
        running.service.listeners.append(self._heard)

    def _heard(self, events: Sequence[Envelope]) -> None:
        self.ended += [event.data for event in events if isinstance(event.data, NotificationSent | NotificationFailed)]
        self._news.set()

    async def reach(self, count: int) -> list[NotificationSent | NotificationFailed]:
        async with asyncio.timeout(PATIENCE):
            while len(self.ended) < count:
                self._news.clear()
                await self._news.wait()
        return self.ended


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for the next attempt."""
    monkeypatch.setattr(sender, "BACK_OFF", (0.0, 0.0))
    monkeypatch.setattr(sender, "AWAY", (0.0,))


@pytest.fixture
async def mailbox() -> AsyncIterator[Mailbox]:
    async with Mailbox().open() as opened:
        yield opened


def mailing(settings: Settings, mailbox: Mailbox) -> Settings:
    return settings.model_copy(
        update={"smtp_url": mailbox.url, "mail_from": "complaints@example.com", "public_url": "https://complaints.example.com"}
    )


@asynccontextmanager
async def telling(database: Database, settings: Settings) -> AsyncIterator[tuple[Alone, Outcomes]]:
    async with alone("intake", wire, database, settings) as running:
        yield running, Outcomes(running)


async def shown(intake: Alone, complaint_id: str, role: Any = "desk") -> list[dict[str, Any]]:
    async with intake.client(role) as caller:
        answer = await caller.get(f"/api/v1/complaints/{complaint_id}/notifications")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = documented(Notifications, answer.json())["items"]
        return items


async def attempts(intake: Alone) -> int:
    count: int = await intake.service.pool.fetchval("select count(*) from events where type = $1", NotificationAttempted.TYPE)
    return count


async def test_receipt_is_acknowledged_by_mail_with_number_and_secret(database: Database, settings: Settings, mailbox: Mailbox):
    """IN-6."""
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        (ended,) = await outcomes.reach(1)
        assert (ended.kind, ended.medium, ended.attempt) == ("acknowledgement", "email", 1)
        (letter,) = mailbox.letters
        assert (letter["From"], letter["To"]) == ("complaints@example.com", "Li.Wei@example.com")
        text = letter.get_content()
        assert told["number"] in letter["Subject"]
        assert all(part in text for part in ("您的投诉", "your complaint", told["tracking"]["secret"], "https://complaints.example.com"))
        assert "pump leaks" not in text, "mail is read by others, too"
        (one,) = await shown(intake, told["id"], "channel")
        assert (one["state"], one["medium"], one["attempts"], one["reason"]) == ("sent", "email", 1, None)


async def test_without_a_mail_server_nothing_fails_and_the_desk_is_told_how(database: Database, settings: Settings):
    async with telling(database, settings) as (intake, outcomes):
        told = await post(intake)
        offer = RemedyOffered(complaint_id=told["id"], round=1, kinds=("repair",), text="New seal.", commitment="a week")
        await intake.publish(*intake.ledger.record(UUID(told["id"]), offer))
        ended = {one.kind: (one.medium, one.left_to) for one in await outcomes.reach(2)}
        assert ended == {"acknowledgement": ("tracking", None), "offer": ("tracking", "phone")}
        assert await attempts(intake) == 0


async def test_whom_no_mail_reaches_it_stands_on_the_tracking_page(database: Database, settings: Settings, mailbox: Mailbox):
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake, NO_MAIL)
        due = intake.service.clock.now()
        missed = DeadlineMissed(complaint_id=told["id"], clock="desk_remedy", instance="1", due_at=due, department="desk")
        await intake.publish(*intake.ledger.record(UUID(told["id"]), missed))
        ended = {one.kind: one.medium for one in await outcomes.reach(2)}
        assert ended == {"acknowledgement": "tracking", "missed_promise": "tracking"}
        assert mailbox.letters == []
        async with intake.stranger() as complainant:
            followed = (await complainant.post("/api/v1/tracking", json=told["tracking"], headers={"accept-language": "en"})).json()
        assert "We did not keep a promise in time: remedy by the desk. We are sorry, and go on with it." in [
            step["text"] for step in followed["progress"]
        ]


@pytest.mark.parametrize("times", [1, 2])
async def test_what_the_log_says_twice_is_told_once(database: Database, settings: Settings, mailbox: Mailbox, times: int):
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        offer = intake.ledger.record(
            UUID(told["id"]), RemedyOffered(complaint_id=told["id"], round=1, kinds=("repair",), text="Seal.", commitment="a week")
        )
        for _ in range(times):
            await intake.publish(*offer)
        after = RemedyOffered(complaint_id=told["id"], round=2, kinds=("refund",), text="Money.", commitment="a week")
        await intake.publish(*intake.ledger.record(UUID(told["id"]), after))
        assert sorted(one.kind for one in await outcomes.reach(3)) == ["acknowledgement", "offer", "offer"]
        assert len({letter["Message-ID"] for letter in mailbox.letters}) == len(mailbox.letters) == 3


async def test_what_the_server_does_not_take_now_is_tried_again(database: Database, settings: Settings, mailbox: Mailbox):
    mailbox.after += [says("451 Later"), says("452 Later still")]
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        (ended,) = await outcomes.reach(1)
        assert (ended.TYPE, ended.attempt, len(mailbox.letters)) == (NotificationSent.TYPE, 3, 1)
        assert (await shown(intake, told["id"]))[0]["attempts"] == 3


async def test_what_is_never_taken_is_given_up(database: Database, settings: Settings, mailbox: Mailbox):
    mailbox.after += [says("451 Later")] * 3
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        await post(intake)
        (ended,) = await outcomes.reach(1)
        assert (ended.reason, ended.attempt, ended.reply) == ("not_taken", 3, 451)
        assert mailbox.letters == []


@pytest.mark.parametrize("where", ["address", "letter"])
async def test_what_the_server_refuses_for_good_has_failed(database: Database, settings: Settings, mailbox: Mailbox, where: str):
    if where == "address":
        mailbox.unknown["Li.Wei@example.com"] = "550 Nobody here"
    else:
        mailbox.after.append(says("550 Unwanted"))
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        await post(intake)
        (ended,) = await outcomes.reach(1)
        assert (ended.reason, ended.reply, ended.audience) == ("rejected", 550, "complainant")


async def test_a_line_that_goes_dead_after_the_letter_leaves_it_unknown_and_it_is_never_repeated(
    database: Database, settings: Settings, mailbox: Mailbox
):
    mailbox.after.append(drop)
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        await post(intake)
        (ended,) = await outcomes.reach(1)
        assert (ended.reason, ended.attempt) == ("unknown", 1)
        assert (len(mailbox.letters), await attempts(intake)) == (1, 1)


async def test_a_server_that_is_away_is_waited_for_without_attempts(database: Database, settings: Settings):
    mailbox = Mailbox()
    async with mailbox.open():
        pass
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        without = await post(intake, NO_MAIL, person="bo")
        assert [one.complaint_id for one in await outcomes.reach(1)] == [UUID(without["id"])]
        assert await attempts(intake) == 0
        async with mailbox.open():
            assert (await outcomes.reach(2))[1].complaint_id == UUID(told["id"])
    assert len(mailbox.letters) == 1


async def test_a_person_who_was_erased_meanwhile_is_told_nothing(database: Database, settings: Settings):
    """IN-9."""
    mailbox = Mailbox()
    async with mailbox.open():
        pass
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        await intake.service.vault.shred(intake.service.pool, UUID(told["id"]))
        async with mailbox.open():
            (ended,) = await outcomes.reach(1)
            assert ended.reason == "erased"
    assert mailbox.letters == []


async def test_an_attempt_of_a_sender_that_is_gone_ends_as_unknown(database: Database, settings: Settings, mailbox: Mailbox):
    """Killed between the record of the attempt and that of its result."""
    async with telling(database, settings) as (intake, outcomes):
        told = await post(intake)
        await outcomes.reach(1)
    killed, complaint = uuid4(), ComplaintId(UUID(told["id"]))
    async with alone("intake", wire, database, settings, log=intake.log) as gone:
        gone.service.wiring.workers["sender"].stop()
        asked = Asked(SYSTEM)
        request = Request(Told("offer", "complainant", uuid4(), complaint), gone.service.clock.now())
        await gone.service.commands.handle(NOTIFICATION, killed, request, asked, key=complaint)
        await gone.service.commands.handle(NOTIFICATION, killed, Attempt(), asked, key=complaint)
    async with alone("intake", wire, database, mailing(settings, mailbox), log=intake.log) as after:
        (ended,) = await Outcomes(after).reach(1)
        assert (ended.notification_id, ended.reason, ended.attempt) == (killed, "unknown", 1)
    assert mailbox.letters == []


LI = {"person": "li", "name": "Li", "department": "production", "email": "li@example.com"}
WANG = {"person": "wang", "name": "Wang", "department": "production", "email": "wang@example.com"}


async def test_staff_are_told_in_one_mail_and_who_is_unknown_there_is_named(database: Database, settings: Settings, mailbox: Mailbox):
    """RT-9."""
    mailbox.unknown["wang@example.com"] = "550 Nobody here"
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        ledger, now = intake.ledger, intake.service.clock.now()
        rules = {name: value for name, value in shipped_content().items() if name not in ("version", "effective_on")}
        adopted = PolicyAdopted(version="theirs", effective_on=now.date() - timedelta(days=1), policy={**rules, "people": [LI, WANG]})
        ledger.now = now - timedelta(hours=1)
        await intake.publish(*ledger.record(uuid4(), adopted))
        async with asyncio.timeout(PATIENCE):
            while "theirs" not in intake.service.policies:
                await intake.service.following.refresh()
        told = await post(intake, NO_MAIL)
        offered = WorkItemOffered(complaint_id=told["id"], item_id=uuid4(), department="production", task="act", due_at=now)
        await intake.publish(*ledger.record(UUID(told["id"]), offered))
        staff = next(one for one in await outcomes.reach(2) if one.kind == "work_offered")
        assert (staff.medium, staff.refused) == ("email", ("wang",))
        assert len(mailbox.letters) == 1
        assert "production" in mailbox.letters[0].get_content()
        (seen,) = [one for one in await shown(intake, told["id"]) if one["audience"] == "staff"]
        assert seen["persons"] == ["li", "wang"]
        assert [one["audience"] for one in await shown(intake, told["id"], "channel")] == ["complainant"]


async def test_a_mail_that_comes_back_is_reported_once(database: Database, settings: Settings, mailbox: Mailbox):
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        (ended,) = await outcomes.reach(1)
        at = f"/api/v1/complaints/{told['id']}/notifications/{ended.notification_id}/bounce"
        async with intake.client("desk") as desk:
            assert (await desk.post(at, json={"reply": 550})).status_code == 200
            assert rule(await desk.post(at, json={})) == (409, "already-decided")
            elsewhere = await desk.post(at.replace(str(ended.notification_id), str(uuid4())), json={})
            assert elsewhere.status_code == 404
        await outcomes.reach(2)
        (one,) = await shown(intake, told["id"])
        assert (one["state"], one["medium"], one["reason"], one["reply"]) == ("failed", "email", "bounced", 550)


async def test_the_view_made_anew_is_the_same_and_mails_nothing(database: Database, settings: Settings, mailbox: Mailbox):
    async with telling(database, mailing(settings, mailbox)) as (intake, outcomes):
        told = await post(intake)
        await outcomes.reach(1)
        before = await shown(intake, told["id"])
        async with intake.service.pool.acquire() as connection, connection.transaction():
            await connection.execute("delete from notifications")
            events = [
                Envelope.on_log(record.headers, record.value) for p in range(8) for record in await intake.log.read("intake", p, -1, 100)
            ]
            await NOTIFICATIONS.apply(connection, [event for event in events if event.type in NOTIFICATIONS.handles])
        assert await shown(intake, told["id"]) == before
        assert len(mailbox.letters) == 1
