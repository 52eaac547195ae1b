"""Does every door let in whom the access matrix names, and nobody else? Each cell is tried on a running product (api §1)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.access import MATRIX
from tests.matrix import ASSESSMENT, COLUMNS, OPEN, ROLES, Cell, body, cells
from tests.running import Running

CELLS = list(cells())
DEPARTMENTS = {
    "desk": ["desk"], "held": ["technical"], "elsewhere": ["purchasing"], "inspector": ["final_inspection"], "quality": ["quality_assurance"],
}  # fmt: skip
DONE = {"on": "2026-11-20", "evidence": "seen"}


@dataclass
class Table:
    """The people, and what they are tried on."""

    clients: dict[str, httpx.AsyncClient]
    world: dict[str, Any]

    async def answer(self, cell: Cell) -> httpx.Response:
        path = "/api/v1" + cell.path.format(**self.world)
        given = None if cell.method == "GET" else body(cell.method, cell.path, cell.who, self.world)
        if path.endswith("/stream"):  # it would never end
            async with self.clients[cell.who].stream("GET", path) as answer:
                return answer
        return await self.clients[cell.who].request(cell.method, path, json=given)


@pytest.fixture(scope="module")
async def table(running: Running) -> AsyncIterator[Table]:
    mark = uuid4().hex[:6]
    async with AsyncExitStack() as stack:
        clients = {}
        for who in COLUMNS:
            head_of = ["technical"] if who == "held" else []
            token = await running.token(f"{who} {mark}", [ROLES.get(who, who)], DEPARTMENTS.get(who, ()), head_of=head_of)
            clients[who] = await stack.enter_async_context(running.client(token))
        yield Table(clients, await world(clients, running, mark))


async def world(clients: dict[str, httpx.AsyncClient], running: Running, mark: str) -> dict[str, Any]:
    """Cases in the states the table speaks of."""
    mine, desk, quality, held, admin = (clients[who] for who in ("mine", "desk", "quality", "held", "admin"))
    phone = "+861370" + str(int(mark, 16)).zfill(8)[-7:]
    said = {"channel": "phone", "content_class": "service_quality", "description": "It leaks."}
    x, y, z, w = [
        await done(mine, "/complaints", {**said, "complainant": {"name": "Wang", "phone": phone}} if n == 0 else said) for n in range(4)
    ]
    for one, more in ((x, {"pass_on": True, "responsible_department": "technical"}), (y, {}), (z, {})):
        await done(desk, f"/cases/{one['id']}/assessment", {**ASSESSMENT, **more}, one)
    for http, one in ((quality, x), (desk, z)):
        await done(http, f"/cases/{one['id']}/remedies", {"kinds": ["repair"], "text": "We repair it.", "commitment": "soon"})
        await done(http, f"/cases/{one['id']}/remedies/1/answer", {"accepted": True, "medium": "phone"})
    for step in ("carried-out", "verification"):
        await done(desk, f"/cases/{z['id']}/remedies/1/{step}", DONE)
    closed = await done(desk, f"/cases/{z['id']}/close", {"outcome": "satisfied"})
    work = {name: await item(quality, name, x, closed) for name in ("technical", "quality_assurance")}
    await done(held, f"/work-items/{work['technical']}/take", {})
    faulty = {**said, "content_class": "product_quality", "product": {"code": f"P-{mark}", "batch": "B1"}}
    inspected = await done(mine, "/complaints", faulty)
    inspections = await listed(quality, "/inspections", inspected)
    asked = await done(mine, "/feedback", {"kind": "inquiry", "channel": "phone", "text": "How?", "topic": "product"})
    await listed(quality, "/queues/technical", asked)
    capa = await done(quality, "/capas", {"trigger": {"kind": "audit"}, "title": "An audit", "severity": "important"})
    for ref in (f"A-{mark}", f"B-{mark}"):
        last = await done(desk, "/customers", {"ref": ref, "name": "A dealer", "status": "active"})
    await listed(desk, "/customers", last)
    async with running.client(await running.token(f"gone {mark}", ["desk"])) as other:
        token = (await other.get("/api/v1/access/me")).json()["id"]
    request = await done(admin, f"/complaints/{w['id']}/erasure", {"reason": "asked for"})
    rules = (await admin.get("/api/v1/policy")).json()
    soon = {"policy": rules["policy"], "effective_on": (datetime.now(UTC) + timedelta(days=3)).date().isoformat(), "reason": "a reason"}
    adopted = (await admin.put("/api/v1/policy", json=soon)).json()
    return {
        "x": x["id"], "y": y["id"], "z": z["id"], "w": w["id"], "number": x["number"], "phone": phone, "request": request["request_id"],
        "item": work["technical"], "quality_item": work["quality_assurance"], "feedback": asked["id"], "capa": capa["id"],
        "callback": (await listed(desk, f"/callbacks?complaint_id={z['id']}", closed))[0]["id"],
        "notification": (await listed(desk, f"/complaints/{x['id']}/notifications", x))[0]["id"],
        "inspection": next(one["id"] for one in inspections if one["product_code"] == f"P-{mark}"), "ref": f"A-{mark}",
        "survivor": f"B-{mark}", "token": token, "policy": adopted["policy_version"], "rules": rules["policy"], "nothing": str(uuid4()),
        "month": x["acknowledged_at"][:7], "year": x["acknowledged_at"][:4], "review": await listed(quality, "/cause-reviews", closed),
        "ask": "%7B%22from%22%3A%22complaints%22%7D",
    }  # fmt: skip


async def item(http: httpx.AsyncClient, department: str, case: dict[str, Any], after: dict[str, Any]) -> str:
    """The work of a department on a case."""
    return next(str(one["id"]) for one in await listed(http, f"/queues/{department}", after) if one["complaint_id"] == case["id"])


async def listed(http: httpx.AsyncClient, path: str, after: dict[str, Any]) -> list[dict[str, Any]]:
    """A list that shows what was done before."""
    more = "&" if "?" in path else "?"
    answer = await http.get(f"/api/v1{path}{more}limit=500&min_position={after['position']}")
    assert answer.is_success, f"{path}: {answer.text}"
    return list(answer.json()["items"])


async def done(http: httpx.AsyncClient, path: str, given: Any, after: dict[str, Any] | None = None) -> dict[str, Any]:
    answer = await http.post(f"/api/v1{path}", json=given, params={"min_position": after["position"]} if after is not None else {})
    assert answer.is_success, f"{path}: {answer.text}"
    return dict(answer.json())


@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell.method} {cell.path} by {cell.who}")
async def test_each_cell(table: Table, cell: Cell):
    answer = await table.answer(cell)
    match cell.mark:
        case "-":
            assert answer.status_code == 403, answer.text
        case "0":
            assert answer.status_code == 404, answer.text
        case "+":
            assert answer.status_code in (200, 201, 409), answer.text
        case seen:
            assert answer.status_code == 200, answer.text
            assert sight(answer.json()) == seen


def sight(shown: dict[str, Any]) -> str:
    """How much of the case was shown."""
    one = shown["items"][0] if "items" in shown and "type" not in shown["items"][0] else shown
    if one.keys() == {"number", "state"}:
        return "N"
    texts = [one.get("description"), *(r["text"] for r in one.get("rounds", ())), *(i.get("reason") for i in one.get("items", ()))]
    if one.get("complainant"):
        return "C"
    assert not one.get("erased")
    if any(texts):
        assert one.get("sealed", False) is ("complainant" in one), "what is kept back is said"
        return "T"
    assert one["sealed"] is True
    return "F"


async def test_every_call_stands_in_the_table(table: Table):
    """A door that is built without a line here is noticed."""
    document = (await table.clients["admin"].get("/api/v1/openapi.json")).json()
    built = {
        plain(method.upper(), path) for path, calls in document["paths"].items() if path.startswith("/api/v1/") for method in calls
    } - {"GET /openapi.json", "GET /asyncapi.json"}
    assert built - OPEN == {plain(cell.method, cell.path) for cell in CELLS}


def plain(method: str, path: str) -> str:
    """The call without names for what is variable."""
    path = re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0].removeprefix("/api/v1"))
    return f"{method} " + re.sub(r"(?<=/)(1|routing|technical|desk)(?=/|$)", "{}", path)


@pytest.mark.parametrize("row", sorted({cell.row for cell in CELLS if cell.row}))
def test_what_a_person_is_told_of_their_rights_is_what_the_doors_do(row: str):
    """`GET /access/me` answers from the access matrix: a role stands in a row of it where one of its calls lets the role in.

    Whether somebody is a head says the token, whatever the role.
    """
    let_in = {ROLES.get(cell.who, cell.who) for cell in CELLS if cell.row == row and cell.mark != "-"}
    always = {role for role, scope in MATRIX[row].items() if scope != "head_of"}
    assert always <= let_in <= set(MATRIX[row])
