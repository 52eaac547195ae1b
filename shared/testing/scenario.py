"""How does a test read? `given(...).when(...).then(...)` for decisions, and envelopes as the store makes them for reactions and views."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from shared.contracts.event import Event
from shared.contracts.vocabulary import Actor
from shared.decider import Context, Decider, Invalid, NotFound, Refused
from shared.policy import Policies, Policy, shipped

S = TypeVar("S")
C = TypeVar("C")

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
ANNA = Actor(person="anna", name="Anna", role="desk")
_STAMPS = {"actor", "on_behalf_of", "occurred_at"}


@dataclass(frozen=True)
class Happened:
    """Expects an event of this class with at least these fields."""

    cls: type[Event]
    fields: dict[str, Any]

    def met_by(self, event: Event) -> bool:
        return type(event) is self.cls and all(getattr(event, name) == value for name, value in self.fields.items())


def happened(cls: type[Event], **fields: Any) -> Happened:
    unknown = fields.keys() - cls.model_fields.keys()
    if unknown:
        raise AttributeError(f"{cls.__name__} has no {', '.join(sorted(unknown))}")
    return Happened(cls, fields)


def scenario(decider: Decider[S, C], stream_id: UUID) -> Callable[..., Given[S, C]]:
    """The word `given` for one aggregate: `given = scenario(CASE, CASE_ID)`."""

    def given(*events: Event) -> Given[S, C]:
        return Given(
            decider, stream_id, tuple(e if e.actor else e.stamped(actor=ANNA, on_behalf_of=None, occurred_at=NOON) for e in events)
        )

    return given


@dataclass(frozen=True)
class Given(Generic[S, C]):
    """What happened before. `state` is its fold."""

    decider: Decider[S, C]
    stream_id: UUID
    events: tuple[Event, ...]

    @property
    def state(self) -> S:
        return self.decider.fold(self.stream_id, self.events)

    def when(self, command: C, *, by: Actor = ANNA, now: datetime = NOON, policy: Policy | None = None) -> When[S, C]:
        rules = policy or shipped()
        context = Context(now, by, rules, policies=Policies.only(rules))
        try:
            decided = self.decider.decide(self.state, command, context)
        except (Refused, Invalid, NotFound) as error:
            return When(self, (), error)
        return When(self, tuple(e.stamped(actor=by, on_behalf_of=None, occurred_at=now) for e in decided), None)


@dataclass(frozen=True)
class When(Generic[S, C]):
    """What the decision came to."""

    given: Given[S, C]
    events: tuple[Event, ...]
    error: Refused | Invalid | NotFound | None

    def then(self, *expected: Event | Happened) -> Given[S, C]:
        """Exactly these events, in this order; one may go on from there."""
        assert self.error is None, f"refused: {self.error}"
        assert len(self.events) == len(expected), f"decided {[type(e).__name__ for e in self.events]}"
        for event, wanted in zip(self.events, expected, strict=True):
            if isinstance(wanted, Happened):
                assert wanted.met_by(event), f"{event!r} is not {wanted!r}"
            else:
                assert type(event) is type(wanted)
                assert event.model_dump(exclude=_STAMPS) == wanted.model_dump(exclude=_STAMPS)
        after = Given(self.given.decider, self.given.stream_id, (*self.given.events, *self.events))
        assert after.state is not None  # what was decided can be folded
        return after

    def nothing(self) -> Given[S, C]:
        """Neither an event nor a refusal: it had been done before, or it is no longer of use."""
        return self.then()

    def refused(self, rule: str) -> None:
        assert isinstance(self.error, Refused), f"not refused but {self.error or self.events}"
        assert self.error.rule == rule
        assert self.error.detail.endswith("."), "a refusal is a sentence for the person who gets it"

    def invalid(self, at: str) -> None:
        assert isinstance(self.error, Invalid), f"not invalid but {self.error or self.events}"
        assert self.error.at == at

    def not_found(self) -> None:
        assert isinstance(self.error, NotFound), f"found: {self.error or self.events}"
