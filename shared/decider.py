"""What ties a decision to its history?

A decider is three plain functions over a frozen state: `initial(stream id)`, `decide(state, command, context)`, `evolve(state, event)`.
Whoever calls them brings time, person and policy; they bring the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.vocabulary import Actor
from shared.policy import Policies, Policy

S = TypeVar("S")
C = TypeVar("C")


class Refused(Exception):
    """A rule forbids the command now. `rule` becomes the problem's type, `detail` says what is wrong and what to do."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule
        self.detail = detail


class Invalid(Exception):
    """A field does not fit the others or the state's vocabulary; answered as 422 at that field (a JSON pointer)."""

    def __init__(self, at: str, message: str) -> None:
        super().__init__(f"{at}: {message}")
        self.at = at
        self.message = message


class NotFound(Exception):
    """Nothing of that id is there, or nothing the one who asks may know of; answered as 404 either way."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision may know beside its state: what time it is, who acts, for whom, and under which policy.

    `policy` is the one in force; what began under another version is decided by that one, out of `policies`.
    """

    now: datetime
    actor: Actor
    policy: Policy
    on_behalf_of: str | None = None
    policies: Policies = field(default_factory=Policies)

    @classmethod
    def under(cls, policies: Policies, now: datetime, actor: Actor, on_behalf_of: str | None = None) -> Context:
        """A decision of this moment."""
        return cls(now, actor, policies.in_force(now), on_behalf_of, policies)

    def at(self, now: datetime) -> Context:
        return replace(self, now=now)


@dataclass(frozen=True)
class Decider(Generic[S, C]):
    """The three functions of one aggregate, under its business name. `goes_by` names the version of the policy that a state keeps to."""

    name: str
    initial: Callable[[UUID], S]
    decide: Callable[[S, C, Context], Sequence[Event]]
    evolve: Callable[[S, Event], S]
    goes_by: Callable[[S], str | None] = lambda state: None

    def version(self, state: S, context: Context) -> str:
        """The version of the policy behind a decision: the state's own, or the one in force."""
        return self.goes_by(state) or context.policy.version

    def fold(self, stream_id: UUID, events: Iterable[Event]) -> S:
        state = self.initial(stream_id)
        for happened in events:
            state = self.evolve(state, happened)
        return state


class Reaction(NamedTuple):
    """A command that follows from somebody else's event: to which aggregate, which stream, and under which log key."""

    decider: Decider[object, object] | Decider  # type: ignore[type-arg]  # reactions mix aggregates; each knows its own types
    stream_id: UUID
    command: object
    step: str  # event ids follow from the cause and this, so a repeat cannot act twice
    key: UUID | None = None  # the log's key; default: the stream's id
