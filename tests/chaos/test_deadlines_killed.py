"""Do deadlines survive a kill? What came due while the product was down is told of once, marked late, however often it is killed."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from services.manual_time import keep
from shared.clock import ManualClock
from shared.keys import load_or_make
from shared.postgres.connect import connect
from shared.postgres.embedded import EmbeddedPostgres
from shared.settings import load
from tests.running import Running, start

BODY = {"channel": "phone", "content_class": "service_quality", "description": "late"}
COMPLAINTS = 5


async def told(running: Running) -> list[dict[str, Any]]:
    """What routing has on record of deadlines."""
    server = await EmbeddedPostgres.join(running.data, load_or_make(load(data=running.data)))
    assert server is not None
    connection = await connect(server.owner.for_role("routing"), "routing")
    rows = await connection.fetch(
        "select type, data from events where type like 'routing.deadline-%' or type = 'routing.case-escalated.v1'"
    )
    await connection.close()
    return [{"type": row["type"], **json.loads(row["data"])} for row in rows]


async def settle(running: Running, now: datetime) -> None:
    async with running.client() as admin:
        answer = await admin.put("/api/v1/clock", json={"now": now.isoformat()}, timeout=90)
        assert answer.status_code == 200, answer.text


async def test_what_came_due_while_the_product_was_down_is_told_once_and_marked_late(tmp_path: Path):
    data = tmp_path / "data"
    running = await start(data, "--manual-clock")
    token = await running.token("Li Na", ["desk"], ["desk"])
    async with running.client(token) as http:
        receipts = [(await http.post("/api/v1/complaints", json=BODY)).json() for _ in range(COMPLAINTS)]
        for receipt in receipts:  # each has its clocks
            answer = await http.get(f"/api/v1/cases/{receipt['id']}/clocks", params={"min_position": receipt["position"]})
            assert answer.is_success, answer.text
    later = datetime.fromisoformat(receipts[-1]["acknowledged_at"]) + timedelta(hours=100)

    await running.kill_everything()
    keep(data, ManualClock(later))  # time goes on while nobody is there
    for _ in range(3):
        running = await start(data, "--manual-clock")
        await settle(running, later)
        found = await told(running)
        await running.kill_everything()

    missed = [one for one in found if one["type"] == "routing.deadline-missed.v1" and one["clock"] == "desk_remedy"]
    assert Counter(one["complaint_id"] for one in missed) == {receipt["id"]: 1 for receipt in receipts}
    assert all(one["late"] for one in missed)
    names = Counter((one["type"], one["complaint_id"], one["clock"], one["instance"], one.get("level")) for one in found)
    assert max(names.values()) == 1
    assert {one["level"] for one in found if "level" in one and one["clock"] == "desk_remedy"} == {1, 2, 3}
