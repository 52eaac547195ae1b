"""Is anybody told twice when the sender is killed between handing a letter over and writing it down? Never; and each request ends."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from tests.mailbox import Mailbox
from tests.running import Running, product

COMPLAINTS = 5
KILLS = 2
PATIENCE = 60.0
ENDED = {"sent", "failed"}


def body(n: int) -> dict[str, Any]:
    complainant = {"name": f"Li {n}", "email": f"li{n}@example.com"}
    return {"channel": "web", "content_class": "service_quality", "description": "late", "complainant": complainant}


async def posted(running: Running) -> list[dict[str, Any]]:
    async with running.client(await running.token("Li Na", ["desk"], ["desk"])) as desk:
        answer = await desk.post("/api/v1/complaints/batch", json=[body(n) for n in range(COMPLAINTS)])
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


async def told(running: Running, complaint_id: str) -> list[dict[str, Any]]:
    """What of it has ended, once all of it has."""
    async with running.client(await running.token("Li Na", ["desk"], ["desk"])) as desk:
        while True:
            answer = await desk.get(f"/api/v1/complaints/{complaint_id}/notifications")
            items: list[dict[str, Any]] = answer.json()["items"]
            if items and {one["state"] for one in items} <= ENDED:
                return items


async def test_a_killed_sender_hands_no_letter_over_twice_and_every_request_ends(tmp_path: Path):
    """RT-16. Killed twice, with a letter just taken whose taking nobody has written down."""
    data = tmp_path / "data"
    taken = asyncio.Event()

    async def never_answers(server: SMTP) -> str:
        taken.set()
        return await asyncio.get_running_loop().create_future()

    async with Mailbox().open() as mailbox:
        mailing = {"REDRESS_SMTP_URL": mailbox.url, "REDRESS_MAIL_FROM": "complaints@example.com"}
        receipts: list[dict[str, Any]] = []
        for _ in range(KILLS):
            mailbox.after.append(never_answers)
            async with product(data, **mailing) as running:
                receipts += await posted(running)
                async with asyncio.timeout(PATIENCE):
                    await taken.wait()
                await running.kill_everything()
            taken.clear()
        async with product(data, **mailing) as running, asyncio.timeout(PATIENCE):
            notifications = [one for receipt in receipts for one in await told(running, receipt["id"])]

    letters = Counter(letter["Message-ID"] for letter in mailbox.letters)
    assert max(letters.values()) == 1
    sent = [one for one in notifications if one["state"] == "sent"]
    unknown = [one for one in notifications if one["state"] == "failed"]
    assert len(notifications) == KILLS * COMPLAINTS
    assert len(unknown) >= KILLS
    assert {one["reason"] for one in unknown} == {"unknown"}
    assert len(sent) <= len(letters) <= len(notifications)
    assert all(one["attempts"] == 1 for one in unknown)
