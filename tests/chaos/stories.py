"""What do people do with the product while it is being shot at? Whole complaints, from the call to the follow-up."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from tests.chaos.asking import Asker, Unexpected

DONE = {"on": "2026-01-01", "evidence": "seen"}
OFFER = {"kinds": ["apology"], "text": "We are sorry.", "commitment": "at once"}
ASSESSMENT = {
    "severity": "ordinary", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
    "pass_on": False, "early_warning": None, "legal": False, "reason": "as ever",
}  # fmt: skip
STEP = {"what": "Look.", "department": "quality_assurance", "owner": "Zhao Min", "due_on": "2099-01-31"}
PLAN = {
    "nonconformity": "Not looked at.", "returned_quantity": 0, "containment": "None.", "root_cause": "Nobody's task.", "corrective": "Looked.",
    "preventive": "Somebody's task.", "steps": [STEP],
}  # fmt: skip
DECISION = {"method": "five_why", "causes": [{"level": "system", "text": "nobody looked"}], "reason": "as ever", "extend_to_others": False}


@dataclass
class Office:
    """The people one client speaks for: the desk, others for action, its approval and its review, and the customer, who has no token."""

    desk: Asker
    quality: Asker
    approver: Asker
    reviewer: Asker
    customer: Asker
    random: Random
    stories: int = 0

    async def work(self) -> None:
        """One complaint after another, for as long as there is somebody to ask."""
        while True:
            try:
                await self._complaint()
            except Unexpected:
                continue  # it stands in the journal, which the test reads in the end
            self.stories += 1

    async def _complaint(self) -> None:
        body = {
            "channel": "phone", "content_class": "service_quality", "description": f"by {self.desk.name}",
            "issue_codes": [self.desk.name], "complainant": {"name": "Wang Wei", "phone": "138 0013 8000"},
        }  # fmt: skip
        receipt = await self.desk.command("receive", "POST", "/api/v1/complaints", body)
        complaint = str(receipt["id"])
        case = f"/api/v1/cases/{complaint}"
        shown = await self.desk.read("GET", case, after=[receipt["position"]])
        item = shown["work_items"][0]
        taken = await self.desk.command(
            "take", "POST", f"/api/v1/work-items/{item}/take", None, about=complaint, after=[receipt["position"]]
        )
        await self.desk.command("assess", "POST", f"{case}/assessment", ASSESSMENT, after=[taken["position"]])
        if self.random.random() < 0.3:
            await self._written(receipt)
        offered = 0
        for closing in (1, 2):
            offered, closed = await self._remedied_and_closed(receipt, offered)
            if closing == 1:
                await self._review(complaint, closed)
            if await self._content(complaint, closing, closed):
                return

    async def _remedied_and_closed(self, receipt: dict[str, Any], offered: int) -> tuple[int, str]:
        """Offers until the customer accepts, then carries out, verifies and closes; the last round and the closing's position."""
        case = f"/api/v1/cases/{receipt['id']}"
        accepted = False
        position = str(receipt["position"])
        while not accepted:
            offered += 1
            offer = await self.desk.command("offer", "POST", f"{case}/remedies", OFFER, after=[position])
            accepted = offered % 3 == 0 or self.random.random() < 0.8
            said = {**receipt["tracking"], "round": offered, "accepted": accepted}
            answered = await self.customer.command("answer", "POST", "/api/v1/tracking/answer", said, after=[offer["position"]])
            position = answered["position"]
        await self.desk.command("carry-out", "POST", f"{case}/remedies/{offered}/carried-out", DONE, after=[position])
        await self.desk.command("verify", "POST", f"{case}/remedies/{offered}/verification", DONE)
        closed = await self.desk.command("close", "POST", f"{case}/close", {"outcome": "satisfied"})
        return offered, str(closed["position"])

    async def _review(self, complaint: str, closed: str) -> None:
        needed = self.random.random() < 0.5
        decision = {**DECISION, "needed": needed}
        path = f"/api/v1/cause-reviews/{complaint}"
        decided = await self.quality.command("act" if needed else "decide", "POST", path, decision, about=complaint, after=[closed])
        if needed:
            await self._removed(complaint, f"/api/v1/capas/{decided['capa_id']}")

    async def _removed(self, complaint: str, action: str) -> None:
        """The cause is removed: planned, approved by another, done, and found effective by a third."""
        await self.quality.command("plan", "POST", f"{action}/plan", PLAN, about=complaint)
        await self.approver.command("approve", "POST", f"{action}/plan/approval", {"approved": True, "reason": "yes"}, about=complaint)
        await self.quality.command("step", "POST", f"{action}/steps/1/done", DONE, about=complaint)
        verdict = {"verdict": "effective", "evidence": "quiet since"}
        await self.reviewer.command("effective", "POST", f"{action}/effectiveness", verdict, about=complaint)

    async def _written(self, receipt: dict[str, Any]) -> None:
        """The customer writes, and the desk answers."""
        asked = {**receipt["tracking"], "text": "What is going on?"}
        wrote = await self.customer.command(
            "write", "POST", "/api/v1/tracking/messages", asked, about=str(receipt["id"]), after=[receipt["position"]]
        )
        answer = {"text": "We are at it.", "visible": True}
        path = f"/api/v1/complaints/{receipt['id']}/messages"
        await self.desk.command("reply", "POST", path, answer, about=str(receipt["id"]), after=[wrote["position"]])

    async def _content(self, complaint: str, closing: int, closed: str) -> bool:
        """The follow-up call; whoever is not content gets the case reopened, once."""
        found = await self.quality.read("GET", f"/api/v1/callbacks?complaint_id={complaint}&state=due", after=[closed])
        [callback] = found["items"]
        content = closing == 2 or self.random.random() < 0.8
        said = {
            "outcome": "answered", "medium": "phone", "satisfied_with_remedy": "satisfied",
            "satisfied_with_handling": "very" if content else "not",
        }  # fmt: skip
        what = "content" if content else "complain-again"
        path = f"/api/v1/callbacks/{callback['id']}/attempts"
        called = await self.quality.command(what, "POST", path, said, about=complaint)
        if not content:
            await self.desk.read("GET", f"/api/v1/cases/{complaint}", after=[called["position"]])
        return content


@dataclass
class Analyst:
    """Keeps reporting's own store and its doors at work, at the pace of the others."""

    asker: Asker
    random: Random

    async def work(self) -> None:
        months = [f"{year}-{month:02}" for year in range(2000, 2026) for month in range(1, 13)]
        question = {"queries": [{"name": "n", "from": "complaints", "measures": [{"op": "count", "as": "n"}], "dimensions": ["severity"]}]}
        while True:
            sheet = [{"month": m, "kind": "sold", "units": self.random.randrange(1000)} for m in self.random.sample(months, 3)]
            try:
                await self.asker.command("expose", "PUT", "/api/v1/exposures", sheet)
                if self.random.random() < 0.2:
                    await self.asker.read("POST", "/api/v1/query", question)
            except Unexpected:
                continue
            await self.asker.journal.breath(0.5)
