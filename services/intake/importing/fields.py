"""Which fields may a mapping fill, and what kind of value does each take?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from shared.contracts.vocabulary import Channel, ContentClass, Outcome, Satisfaction, Severity

Kind = Literal["text", "name", "code", "moment", "day", "number", "flag", "money", "choice"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the result, by its name in the mapping: `complaint.received_at`, `case.outcome` …"""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    required: bool = False
    many: bool = False  # takes all values of a group
    repeats: bool = True  # few different values in many rows, so reading one is remembered
    fallback: str | None = None  # what an unknown code is taken in as, where the field may not be unknown


def _choice(name: str, words: object, *, required: bool = False, fallback: str | None = None) -> Field:
    return Field(name, "choice", get_args(words), required, fallback=fallback)


_ALL: tuple[Field, ...] = (
    Field("complaint.external_ref", "code", repeats=False),
    Field("complaint.received_at", "moment", required=True),
    _choice("complaint.channel", Channel, required=True, fallback="other"),
    _choice("complaint.content_class", ContentClass, required=True),
    Field("complaint.issue_codes", "code", many=True),
    Field("complaint.description", "text", repeats=False),
    Field("complaint.remedy_sought", "text", repeats=False),
    Field("complaint.occurred_on", "day"),
    Field("complaint.perceived_seriousness", "code"),
    Field("complaint.complainant.name", "name", repeats=False),
    Field("complaint.complainant.phone", "name", repeats=False),
    Field("complaint.complainant.email", "name", repeats=False),
    Field("complaint.complainant.address", "text", repeats=False),
    Field("complaint.complainant.anonymous", "flag"),
    Field("complaint.complainant.represents", "name", repeats=False),
    Field("complaint.customer.ref", "code"),
    Field("complaint.customer.name", "name"),
    Field("complaint.product.code", "code"),
    Field("complaint.product.name", "name"),
    Field("complaint.product.batch", "code"),
    Field("complaint.product.serial", "code", repeats=False),
    Field("complaint.product.quantity_affected", "number"),
    Field("complaint.product.quantity_returned", "number"),
    Field("complaint.product.damaged_parts", "code", many=True),
    Field("complaint.product.purchased_on", "day"),
    Field("complaint.product.purchased_at", "name"),
    _choice("case.severity", Severity),
    Field("case.closed", "flag"),
    Field("case.closed_at", "moment"),
    _choice("case.outcome", Outcome),
    Field("case.amount", "money"),
    _choice("callback.satisfied_with_handling", Satisfaction),
    _choice("callback.satisfied_with_remedy", Satisfaction),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _ALL})
SECTIONS = ("complaint", "case", "callback")
