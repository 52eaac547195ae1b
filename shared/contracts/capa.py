"""What does capa publish? Topic `redress.capa`."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from shared.contracts.event import Event, Sealed, event
from shared.contracts.vocabulary import CauseLevel, CauseMethod, ComplaintId, Severity, TriggerKind


@event("capa.cause-review-opened.v1")
class CauseReviewOpened(Event):
    """The cause of a handled complaint is to be found (CA-1); once per complaint, whichever came first."""

    complaint_id: ComplaintId
    because: Literal["carried_out", "closed"]


@event("capa.cause-review-decided.v1")
class CauseReviewDecided(Event):
    """The root cause, and action or the reason for none (CA-1). Levels stand in clear for the reports, texts are sealed."""

    complaint_id: ComplaintId
    method: CauseMethod
    cause_levels: tuple[CauseLevel, ...]
    cause_texts: Sealed[tuple[str, ...]]
    needed: bool
    reason: Sealed[str]
    extend_to_others: bool
    capa_id: UUID | None = None


@event("capa.capa-opened.v1")
class CapaOpened(Event):
    """A corrective or preventive action began in planning (CA-2, CA-6)."""

    capa_id: UUID
    number: str
    trigger: TriggerKind
    trigger_ref: str | None = None
    title: str
    severity: Severity
    owner_department: str
    complaints: tuple[UUID, ...] = ()
    product_code: str | None = None
    issue_code: str | None = None


@event("capa.capa-complaint-added.v1")
class CapaComplaintAdded(Event):
    """One more complaint is served by an open action."""

    capa_id: UUID
    complaint_id: ComplaintId


@event("capa.personal-data-read.v1")
class PersonalDataRead(Event):
    """Somebody was shown sealed texts of a cause review (IN-9). Its stream is the reading's own, never the review's."""

    subjects: tuple[UUID, ...]
    fields: tuple[str, ...]
    call: str


EVENTS: tuple[type[Event], ...] = (CauseReviewOpened, CauseReviewDecided, CapaOpened, CapaComplaintAdded, PersonalDataRead)
