"""What happens to a complaint from its receipt to the call that asks whether the customer is satisfied, event by event?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from benchmarks.append import DESK
from shared.contracts.capa import CauseReviewOpened
from shared.contracts.event import Ciphertext, Event
from shared.contracts.intake import ComplaintAcknowledged, ComplaintReceived
from shared.contracts.routing import (
    CaseAssessed,
    CaseClosed,
    CaseOpened,
    RemedyAnswered,
    RemedyCarriedOut,
    RemedyOffered,
    RemedyVerified,
    ResultReported,
    WorkItemDone,
    WorkItemOffered,
    WorkItemTaken,
)
from shared.contracts.survey import CallbackAnswered, CallbackDue
from shared.contracts.vocabulary import ComplaintId, Customer, Product

_COMPLAINT, _ITEM, _REMEDY, _NUMBER = ComplaintId(UUID(int=1)), UUID(int=2), UUID(int=3), "C-2026-000000"
_BEGIN = datetime(2026, 1, 5, 8, tzinfo=UTC)
_TEXT = Ciphertext(subject=_COMPLAINT, sealed="c2VhbGVk" * 20)
_FACTS = {
    "complaint_id": _COMPLAINT, "number": _NUMBER, "channel": "phone", "content_class": "product_quality", "received_at": _BEGIN,
    "issue_codes": ("leakage",),
}  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One event of every life, its bytes made once."""

    kind: type[Event]
    version: int  # each service has one stream of a complaint here
    template: bytes

    def data(self, complaint: str, item: str, number: str) -> bytes:
        made = self.template.replace(str(_COMPLAINT).encode(), complaint.encode()).replace(_NUMBER.encode(), number.encode())
        return made.replace(str(_ITEM).encode(), item.encode()).replace(str(_REMEDY).encode(), (item[:-1] + "f").encode())


def _offered(item: UUID, task: str, hours: int) -> WorkItemOffered:
    due = _BEGIN + timedelta(hours=hours)
    return WorkItemOffered(complaint_id=_COMPLAINT, item_id=item, number=_NUMBER, department="desk", task=task, due_at=due)


_EVENTS: tuple[Event, ...] = (
    ComplaintReceived(
        **_FACTS, description=_TEXT, complainant=_TEXT, customer=Customer(ref="C-1007", name="Harbour Foods"), product=Product(code="P-20", batch="B2291"),
    ),
    ComplaintAcknowledged(complaint_id=_COMPLAINT, medium="phone"),
    CaseOpened(**_FACTS, registered_at=_BEGIN, product_code="P-20", batch="B2291", customer_ref="C-1007"),
    _offered(_ITEM, "assess", 24),
    WorkItemTaken(complaint_id=_COMPLAINT, item_id=_ITEM, holder="li.na", holder_name="Li Na"),
    CaseAssessed(
        complaint_id=_COMPLAINT, severity="important", nature="valid", safety=False, complexity="low", impact="low",
        immediate_action="possible", pass_on=True, path="quality_assurance", responsible_department="technical", reason=_TEXT,
    ),
    WorkItemDone(complaint_id=_COMPLAINT, item_id=_ITEM),
    _offered(_REMEDY, "remedy", 72),
    RemedyOffered(complaint_id=_COMPLAINT, round=1, kinds=("repair",), text=_TEXT, commitment="in a week"),
    RemedyAnswered(complaint_id=_COMPLAINT, round=1, accepted=True, medium="phone", by="staff"),
    RemedyCarriedOut(complaint_id=_COMPLAINT, round=1, on=date(2026, 1, 12), evidence=_TEXT),
    CauseReviewOpened(complaint_id=_COMPLAINT, because="carried_out"),
    RemedyVerified(complaint_id=_COMPLAINT, round=1, on=date(2026, 1, 13), evidence=_TEXT),
    ResultReported(complaint_id=_COMPLAINT, medium="phone", text=_TEXT),
    WorkItemDone(complaint_id=_COMPLAINT, item_id=_REMEDY),
    CaseClosed(complaint_id=_COMPLAINT, closing_round=1, outcome="satisfied", severity="important", handlers=("li.na",)),
    CallbackDue(callback_id=_ITEM, complaint_id=_COMPLAINT, closing_round=1, due_at=_BEGIN, expires_at=_BEGIN + timedelta(days=30)),
    CallbackAnswered(
        callback_id=_ITEM, complaint_id=_COMPLAINT, closing_round=1, satisfied_with_handling="very", satisfied_with_remedy="very", satisfied=True,
    ),
)  # fmt: skip


def _steps() -> Iterator[Step]:
    versions: Counter[str] = Counter()
    for n, event in enumerate(_EVENTS):
        service = event.TYPE.partition(".")[0]
        versions[service] += 1
        stamped = event.stamped(actor=DESK, on_behalf_of=None, occurred_at=_BEGIN + timedelta(hours=6 * n))
        yield Step(type(event), versions[service], stamped.model_dump_json(exclude_none=True).encode())


STEPS = tuple(_steps())
