"""What does every service publish about its own running? On its own topic, under its own name."""

from __future__ import annotations

from uuid import UUID

from shared.contracts.event import Event, Sealed, event


class ParkedEventRetried(Event):
    """A person had a parked event handled again, and it went through, with those that waited behind it."""

    parked_id: UUID
    consumer: str
    source: str
    type: str
    following: int


class ParkedEventDiscarded(Event):
    """A person decided that a parked event shall have no effect here."""

    parked_id: UUID
    consumer: str
    source: str
    type: str
    reason: Sealed[str]


@event("intake.parked-event-retried.v1")
class IntakeParkedEventRetried(ParkedEventRetried):
    """Intake handled a parked event again."""


@event("intake.parked-event-discarded.v1")
class IntakeParkedEventDiscarded(ParkedEventDiscarded):
    """Intake discarded a parked event."""


@event("routing.parked-event-retried.v1")
class RoutingParkedEventRetried(ParkedEventRetried):
    """Routing handled a parked event again."""


@event("routing.parked-event-discarded.v1")
class RoutingParkedEventDiscarded(ParkedEventDiscarded):
    """Routing discarded a parked event."""


@event("capa.parked-event-retried.v1")
class CapaParkedEventRetried(ParkedEventRetried):
    """Capa handled a parked event again."""


@event("capa.parked-event-discarded.v1")
class CapaParkedEventDiscarded(ParkedEventDiscarded):
    """Capa discarded a parked event."""


@event("survey.parked-event-retried.v1")
class SurveyParkedEventRetried(ParkedEventRetried):
    """Survey handled a parked event again."""


@event("survey.parked-event-discarded.v1")
class SurveyParkedEventDiscarded(ParkedEventDiscarded):
    """Survey discarded a parked event."""


@event("reporting.parked-event-retried.v1")
class ReportingParkedEventRetried(ParkedEventRetried):
    """Reporting handled a parked event again."""


@event("reporting.parked-event-discarded.v1")
class ReportingParkedEventDiscarded(ParkedEventDiscarded):
    """Reporting discarded a parked event."""


EVENTS: tuple[type[Event], ...] = (
    IntakeParkedEventRetried,
    IntakeParkedEventDiscarded,
    RoutingParkedEventRetried,
    RoutingParkedEventDiscarded,
    CapaParkedEventRetried,
    CapaParkedEventDiscarded,
    SurveyParkedEventRetried,
    SurveyParkedEventDiscarded,
    ReportingParkedEventRetried,
    ReportingParkedEventDiscarded,
)
