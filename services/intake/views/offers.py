"""What may the complainant see of the case, and which offer awaits an answer? Routing's steps, told by number and secret."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy import TIMESTAMP, BigInteger, Column, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from services.intake.complaint import Offers
from services.intake.schema import metadata
from shared.contracts import routing
from shared.envelope import Envelope
from shared.sealing import box
from shared.views import View

steps = Table(
    "tracking_steps",
    metadata,
    Column("complaint_id", Uuid, primary_key=True),
    Column("partition", SmallInteger, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("recorded_at", TIMESTAMP(timezone=True), nullable=False),
    Column("type", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("text", JSONB),  # a box: what was offered or told
)

_OF_ONE = "select recorded_at, type, facts, text from tracking_steps where complaint_id = $1 order by position"
_FACTS = ("round", "accepted", "kinds", "commitment", "outcome", "closing_round")

VISIBLE = frozenset(
    {
        routing.CaseAssessed.TYPE,
        routing.RemedyProposed.TYPE,
        routing.RemedyApproved.TYPE,
        routing.RemedyOffered.TYPE,
        routing.RemedyAnswered.TYPE,
        routing.RemedyCarriedOut.TYPE,
        routing.ResultReported.TYPE,
        routing.CaseClosed.TYPE,
        routing.CaseReopened.TYPE,
    }
)


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    await connection.copy_records_to_table("tracking_steps", records=[_row(event) for event in events])


def _row(event: Envelope) -> tuple[Any, ...]:
    body = event.body
    text = box(event, "text")
    return (
        UUID(body["complaint_id"]),
        event.recorded.partition,
        event.recorded.position,
        event.recorded.recorded_at,
        event.type,
        orjson.dumps({name: body[name] for name in _FACTS if name in body}).decode(),
        None if text is None else orjson.dumps(text).decode(),
    )


async def of_complaint(connection: asyncpg.Pool | asyncpg.Connection, complaint_id: UUID) -> list[dict[str, Any]]:
    """The steps of one case in order; they all come from one partition of routing. A proposal is one once it is approved."""
    rows = await connection.fetch(_OF_ONE, complaint_id)
    return list(_known_to_the_complainant({**row, "facts": orjson.loads(row["facts"])} for row in rows))


def _known_to_the_complainant(told: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    proposed: dict[int, dict[str, Any]] = {}
    for step in told:
        match step["type"]:
            case routing.RemedyProposed.TYPE:
                proposed[step["facts"]["round"]] = step
            case routing.RemedyApproved.TYPE:
                yield proposed[step["facts"]["round"]] | {"type": routing.RemedyOffered.TYPE, "recorded_at": step["recorded_at"]}
            case _:
                yield step


def offers(told: Sequence[dict[str, Any]]) -> Offers:
    """Which round awaits an answer and which are answered, after these steps. A closing ends what was open."""
    open_round: int | None = None
    answered: set[int] = set()
    for step in told:
        match step["type"]:
            case routing.RemedyOffered.TYPE:
                open_round = step["facts"]["round"]
            case routing.RemedyAnswered.TYPE:
                answered.add(step["facts"]["round"])
                open_round = None
            case routing.CaseClosed.TYPE | routing.CaseReopened.TYPE:
                open_round = None
    return Offers(open_round, frozenset(answered))


def closing_spoken_of(told: Sequence[dict[str, Any]], *, closed: bool) -> int | None:
    """Which closing a word on the settlement is about: the last one of a closed case, the one to come of an open case."""
    closings = [s["facts"]["closing_round"] for s in told if "closing_round" in s["facts"]]
    if closed:
        return closings[-1] if closings else None  # it was closed elsewhere, and imported so
    return max(closings, default=0) + 1


OFFERS = View("offers", 2, (steps,), VISIBLE, apply)
