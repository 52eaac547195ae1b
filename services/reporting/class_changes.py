"""Whose frequency class is another one than the one last published? Each change is an event that routing shows with its cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, UUID, uuid5

from services.reporting.frequency import Basis, groups, units_of
from services.reporting.periods import Period
from services.reporting.select import Connection
from services.reporting.tally import Scope, Window, tally
from services.reporting.terms import Terms
from services.reporting.views import classes
from shared.contracts.event import Event
from shared.contracts.reporting import FrequencyClassChanged
from shared.contracts.vocabulary import FrequencyClass
from shared.decider import Context, Decider, Reaction


@dataclass(frozen=True, slots=True)
class Classed:
    id: UUID
    frequency_class: FrequencyClass | None = None


@dataclass(frozen=True, slots=True)
class Class:
    """The class of an issue with a product or a customer, by the twelve months to the end of this one."""

    scope: Scope
    issue_code: str
    of: str
    frequency_class: FrequencyClass
    month: str
    basis: Basis


def decide(classed: Classed, command: Class, context: Context) -> Sequence[Event]:
    if classed.frequency_class == command.frequency_class:
        return ()
    return (
        FrequencyClassChanged(
            scope=command.scope,
            issue_code=command.issue_code,
            product_code=command.of if command.scope == "product" else None,
            customer_ref=command.of if command.scope == "customer" else None,
            frequency_class=command.frequency_class,
            before=classed.frequency_class,
            month=command.month,
            basis=command.basis,
        ),
    )


def evolve(classed: Classed, event: Event) -> Classed:
    return Classed(classed.id, event.frequency_class) if isinstance(event, FrequencyClassChanged) else classed


CLASSED: Decider[Classed, Class] = Decider("frequency-class", Classed, decide, evolve)


async def class_changes(connection: Connection, month: Period, terms: Terms) -> list[Reaction]:
    """The classes that differ from the published ones. A group of which nothing came for a year is single again."""
    twelve = [month.plus(-back) for back in range(11, -1, -1)]
    units = await units_of(connection, (terms.span(twelve[0])[0], terms.span(month)[1]), terms)
    counted = await tally(connection, Window(month, None, None, twelve), terms)
    published = dict(await classes.published(connection))
    told: list[Class] = []
    for group in groups(counted, units, terms.policy(terms.span(month)).recurrence):
        if group.issue_code is None or group.of is None:
            continue
        if published.pop((group.scope, group.issue_code, group.of), None) != group.frequency_class:
            told.append(Class(group.scope, group.issue_code, group.of, group.frequency_class, month.label, group.basis))
    told += [Class(scope, issue, of, "single", month.label, "share") for (scope, issue, of), was in published.items() if was != "single"]
    return [Reaction(CLASSED, stream, one, "class", key=stream) for one in told for stream in (stream_of(one),)]


def stream_of(one: Class) -> UUID:
    return uuid5(NAMESPACE_URL, f"redress/frequency/{one.scope}/{one.issue_code}/{one.of}")
