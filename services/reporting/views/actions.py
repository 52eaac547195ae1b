"""Which corrective actions were opened for what, and when was what they planned done? What their effect is measured from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import TIMESTAMP, Column, Date, Index, Integer, Table, Text, Uuid

from services.reporting.schema import metadata
from services.reporting.select import Connection
from shared.contracts.capa import CapaClosed, CapaOpened, CapaRoundOpened, EffectivenessReviewed, StepDone
from shared.envelope import Envelope
from shared.views import View

MOMENT = TIMESTAMP(timezone=True)

corrective_actions = Table(
    "corrective_actions",
    metadata,
    Column("capa_id", Uuid, primary_key=True),
    Column("number", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("trigger_ref", Text),
    Column("title", Text, nullable=False),
    Column("owner_department", Text, nullable=False),
    Column("product_code", Text),
    Column("issue_code", Text),
    Column("opened_at", MOMENT, nullable=False),
    Column("opened_recorded", MOMENT, nullable=False),
    Column("closed_at", MOMENT),
    Column("closed_recorded", MOMENT),
    Index("corrective_actions_by_trigger", "trigger_ref"),
)
action_moments = Table(
    "action_moments",
    metadata,
    Column("capa_id", Uuid, primary_key=True),
    Column("n", Integer, primary_key=True),  # place in the action's stream
    Column("kind", Text, nullable=False),  # step, round, review
    Column("recorded_at", MOMENT, nullable=False),
    Column("done_on", Date),
    Column("verdict", Text),
)

_OPEN = "insert into corrective_actions values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict do nothing"
_CLOSE = "update corrective_actions set closed_at = $2, closed_recorded = $3 where capa_id = $1"
_MOMENT = "insert into action_moments values ($1, $2, $3, $4, $5, $6) on conflict do nothing"
_KINDS = {StepDone.TYPE: "step", CapaRoundOpened.TYPE: "round", EffectivenessReviewed.TYPE: "review"}
_KNOWN = """
select c.*, c.closed_recorded <= $1 as closed, m.acted_on, m.verdict
from corrective_actions c
left join lateral (
    select max(done_on) filter (where kind = 'step') as acted_on,
           (array_agg(verdict order by n desc) filter (where kind = 'review'))[1] as verdict
    from action_moments m where m.capa_id = c.capa_id and m.recorded_at <= $1
) m on true
where c.opened_recorded <= $1 and ($2::uuid is null or c.capa_id = $2)
  and ($3::timestamptz is null or c.opened_at < $4 and (c.closed_at is null or c.closed_recorded > $1 or c.closed_at >= $3))
order by c.opened_at, c.capa_id
"""


async def apply(connection: asyncpg.Connection, events: Sequence[Envelope]) -> None:
    """In order: an action's events are all in its partition."""
    for event in events:
        body, recorded = event.body, event.recorded
        capa, at, recorded_at = UUID(body["capa_id"]), recorded.occurred_at, recorded.recorded_at
        match event.type:
            case CapaOpened.TYPE:
                names = ("number", "trigger", "trigger_ref", "title", "owner_department", "product_code", "issue_code")
                await connection.execute(_OPEN, capa, *(body.get(name) for name in names), at, recorded_at)
            case CapaClosed.TYPE:
                await connection.execute(_CLOSE, capa, at, recorded_at)
            case kind:
                done_on = date.fromisoformat(body["on"]) if "on" in body else None
                await connection.execute(_MOMENT, capa, recorded.version, _KINDS[kind], recorded_at, done_on, body.get("verdict"))


async def known(
    connection: Connection, as_of: datetime, capa_id: UUID | None = None, span: tuple[datetime, datetime] | None = None
) -> list[dict[str, Any]]:
    """Actions as known by then: all, one, or those that were under way in a span of time."""
    return [dict(row) for row in await connection.fetch(_KNOWN, as_of, capa_id, *(span or (None, None)))]


VIEW = View(
    "corrective_actions",
    1,
    (corrective_actions, action_moments),
    frozenset({CapaOpened.TYPE, CapaClosed.TYPE, *_KINDS}),
    apply,
    apart=True,
)
