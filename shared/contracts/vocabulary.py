"""Which words do all services share? Codes are English and never translated; labels live in the policy."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal, NewType
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

ComplaintId = NewType("ComplaintId", UUID)

ServiceName = Literal["intake", "routing", "capa", "survey", "reporting"]
SERVICES: tuple[ServiceName, ...] = ("intake", "routing", "capa", "survey", "reporting")

Channel = Literal["phone", "web", "email", "letter", "fax", "visit", "dealer", "forum", "media", "other"]
ContentClass = Literal["product_quality", "service_quality", "service_attitude", "sudden_event"]
Severity = Literal["ordinary", "important", "major"]
Nature = Literal["valid", "communicative"]
Level3 = Literal["low", "medium", "high"]
ImmediateAction = Literal["not_needed", "possible", "not_possible"]
EarlyWarning = Literal["A", "B", "C"]
Path = Literal["desk", "quality_assurance"]
RemedyKind = Literal[
    "refund", "replacement", "repair", "rework", "substitute", "technical_help",
    "information", "referral", "apology", "goodwill", "compensation", "other",
]  # fmt: skip
Outcome = Literal["satisfied", "recourse_exhausted", "withdrawn", "no_answer", "duplicate"]
Task = Literal[
    "assess", "remedy", "act", "inspect", "file", "warn", "legal", "approve", "answer", "tell", "news", "reopened", "undelivered"
]  # fmt: skip
Topic = Literal["product", "quality", "delivery", "price", "other"]
CauseMethod = Literal["five_why", "fishbone", "8d", "other", "short"]
CauseLevel = Literal["occurrence", "non_detection", "system"]
TriggerKind = Literal["complaint", "trend", "survey", "claim", "audit", "warning", "property", "other"]
Satisfaction = Literal["very", "satisfied", "rather_not", "not"]
AttemptOutcome = Literal["answered", "no_answer", "declined"]
FeedbackKind = Literal["inquiry", "suggestion", "praise", "opinion"]
CustomerStatus = Literal["active", "lost"]
Role = Literal["channel", "desk", "department", "quality", "approver", "analyst", "auditor", "admin"]
ExposureKind = Literal["sold", "shipped", "in_service", "customers"]
FrequencyClass = Literal["single", "sporadic", "recurrent", "systematic"]

Code = Annotated[str, Field(min_length=1, max_length=100)]
FreeText = Annotated[str, Field(min_length=1, max_length=20_000, pattern=r"\S")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=18, decimal_places=4), PlainSerializer(str, return_type=str)]


class Value(BaseModel):
    """A part of an event: frozen; a field a newer producer added is ignored by an older reader."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Actor(Value):
    """Who did it: the person behind the token, the name shown, and the role that allowed it."""

    person: str
    name: str
    role: Role | Literal["system", "complainant"]


class Money(Value):
    """An amount with its currency (ISO 4217); amounts of different currencies are never added."""

    amount: Amount
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class Complainant(Value):
    """The person who complains (ISO 10002, complainant form). Sealed as a whole in every event."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    anonymous: bool = False
    represents: str | None = None


class Customer(Value):
    """The business party; a private person is a complainant, not a customer. Without `ref` it is told of, and not known again."""

    ref: Code | None = None
    name: str | None = None


class Product(Value):
    """What the complaint is about (procedure 002 (3)③)."""

    code: str | None = None
    name: str | None = None
    batch: str | None = None
    serial: str | None = None
    quantity_affected: int | None = None
    quantity_returned: int | None = None
    damaged_parts: tuple[str, ...] = ()
    purchased_on: date | None = None
    purchased_at: str | None = None

    def updated(self, more: Product) -> Product:
        """What is said now takes the place of what was unknown or said before."""
        return self.model_copy(update={name: value for name, value in more if value not in (None, ())})
