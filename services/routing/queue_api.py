"""How does a department get at its work? `/api/v1/queues`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal, cast
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request

from services.routing.live import Hub
from services.routing.shown_work import Queue, Workload
from services.routing.stream import EventStream, Unusable, begin, parse
from services.routing.views import queue, workload
from services.routing.views.workload import Load
from shared.access import NotAdmitted, NotCurrent, Principal
from shared.contracts.vocabulary import Role
from shared.decider import NotFound, Refused
from shared.service import Service
from shared.web import Code, Paging, Serving, allow, as_of, listed, reply
from shared.web.admission import admitted

router = APIRouter(prefix="/api/v1", tags=["queues"])

Reader = Annotated[Principal, allow("desk", "quality", "department", "approver", "auditor")]

EVERYWHERE: frozenset[Role] = frozenset(("quality", "auditor"))
AT_HOME: frozenset[Role] = frozenset(("department", "quality", "approver"))


def reads(who: Principal, department: str, service: Service) -> None:
    """Raises NotFound: a department that is not, or not theirs to look into."""
    if department not in service.policy().departments:
        raise NotFound
    if not sees(who, department):
        raise NotFound


def sees(who: Principal, department: str) -> bool:
    return not EVERYWHERE.isdisjoint(who.roles) or works_in(who, department)


def works_in(who: Principal, department: str) -> bool:
    """The desk works at the desk, everybody else where the token says."""
    return ("desk" in who.roles and department == "desk") or (department in who.departments and not AT_HOME.isdisjoint(who.roles))


@router.get("/queues/{department}", response_model=Queue)
async def get_queue(
    department: Code,
    who: Reader,
    service: Serving,
    page: Paging,
    state: queue.ItemState = "open",
    sort: Annotated[Literal["due"], Query(description="Most urgent first; what has no due time comes last.")] = "due",
) -> Any:
    reads(who, department, service)
    known = await as_of(service, service.pool)
    after = page.after and (page.after[0], page.after[1], UUID(page.after[2]))
    rows = await queue.queue(service.pool, department, state, page.limit + 1, after)
    items, following = page.cut(rows, lambda row: (row["urgency"], row["offered_at"].isoformat(), row["id"]))
    return listed([queue.shown(row) for row in items], following, known)


@router.get("/queues/{department}/workload", response_model=Workload)
async def get_workload(department: Code, who: Reader, service: Serving) -> Any:
    """First what nobody has taken, then each person the policy names for the department, and whoever else holds its work."""
    reads(who, department, service)
    known = await as_of(service, service.pool)
    found = {load.person: load for load in await workload.of_department(service.pool, department, service.clock.now())}
    idle = {one.person: Load(one.person, one.name) for one in service.policy().people if one.department == department}
    loads = list(({None: Load(None, None)} | idle | found).values())
    total = {name: sum(getattr(load, name) for load in loads) for name in ("open", "taken", "near", "overdue")}
    return reply({"department": department, **total, "items": [asdict(load) for load in loads], "as_of": known})


@router.get("/queues/{department}/stream", response_class=EventStream, status_code=200)
async def get_stream(
    department: Code,
    request: Request,
    who: Reader,
    service: Serving,
    begin_with: Annotated[Literal["open"] | None, Query(alias="from", description="First every open item as `offered`.")] = None,
    last_event_id: Annotated[str | None, Header(description="Where the stream broke off.")] = None,
) -> Any:
    reads(who, department, service)
    token = None
    if last_event_id:
        heads = {partition: position for partition, (position, _) in (await service.store.heads()).items()}
        try:
            token = parse(last_event_id, heads, service.settings.partitions)
        except Unusable:
            raise Refused("stream-restart", "This stream cannot go on from there. Start it again without Last-Event-ID.") from None

    def still_admitted() -> bool:
        try:
            return admitted(request) is not None
        except (NotAdmitted, NotCurrent):
            return False

    sending = await begin(cast(Hub, service.wiring.live), department, token, listing=begin_with == "open")
    sending.still_admitted = still_admitted
    return EventStream(sending)
