"""Which customers stand in the directory? Registered under a reference, changed, and merged when two entries were one (IN-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from shared.contracts.event import Event
from shared.contracts.intake import CustomerChanged, CustomerRegistered, CustomersMerged
from shared.contracts.vocabulary import CustomerStatus, Money
from shared.decider import Context, Decider, Invalid, NotFound, Refused

_DIRECTORY = UUID("5f6f0c9e-7d0e-5b43-9c0b-0c5d1e7c1a55")


def customer_id(ref: str) -> UUID:
    """The entry's stream: it follows from the reference, so that a reference has one entry."""
    return uuid5(_DIRECTORY, ref)


@dataclass(frozen=True, slots=True)
class Entry:
    """What the directory says of a customer."""

    ref: str
    name: str
    group: str | None = None
    annual_sales: Money | None = None
    rank: str | None = None
    status: CustomerStatus = "active"


@dataclass(frozen=True, slots=True)
class Customer:
    """An entry and whether it went into another one."""

    id: UUID
    entry: Entry | None = None
    merged_into: str | None = None


@dataclass(frozen=True, slots=True)
class RegisterCustomer:
    entry: Entry


@dataclass(frozen=True, slots=True)
class ChangeCustomer:
    """The fields that are to be otherwise."""

    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class MergeCustomer:
    """The survivor as the directory knows it; `known` is false when there is none."""

    into: str
    known: bool
    into_merged_into: str | None
    reason: str


Command = RegisterCustomer | ChangeCustomer | MergeCustomer


def register(customer: Customer, command: RegisterCustomer) -> Sequence[Event]:
    if customer.entry is not None:
        raise Refused("already-registered", f"{command.entry.ref} is in the directory; change the entry instead.")
    return (CustomerRegistered(customer_id=customer.id, **_fields(command.entry)),)


def change(customer: Customer, entry: Entry, command: ChangeCustomer) -> Sequence[Event]:
    changed = replace(entry, **command.fields)
    if changed == entry:
        return ()
    return (CustomerChanged(customer_id=customer.id, **_fields(changed)),)


def merge(customer: Customer, entry: Entry, command: MergeCustomer) -> Sequence[Event]:
    """No chain arises: the survivor must not itself have gone into another entry."""
    if not command.known:
        raise Invalid("/into", f"There is no customer {command.into} in the directory.")
    if command.into == entry.ref:
        raise Invalid("/into", "An entry is not merged into itself.")
    if command.into_merged_into is not None:
        raise Invalid("/into", f"{command.into} went into {command.into_merged_into}; name that one.")
    return (CustomersMerged(customer_id=customer.id, ref=entry.ref, into=command.into, reason=command.reason),)


def _fields(entry: Entry) -> dict[str, Any]:
    return {**asdict(entry), "annual_sales": entry.annual_sales}


def initial(stream_id: UUID) -> Customer:
    return Customer(stream_id)


def decide(customer: Customer, command: Command, context: Context) -> Sequence[Event]:
    if isinstance(command, RegisterCustomer):
        return register(customer, command)
    if customer.entry is None:
        raise NotFound
    if customer.merged_into is not None:
        raise Refused("already-merged", f"This entry went into {customer.merged_into}; change that one.")
    match command:
        case ChangeCustomer():
            return change(customer, customer.entry, command)
        case MergeCustomer():
            return merge(customer, customer.entry, command)


def evolve(customer: Customer, event: Event) -> Customer:
    match event:
        case CustomerRegistered() | CustomerChanged():
            entry = Entry(event.ref, event.name, event.group, event.annual_sales, event.rank, event.status)
            return replace(customer, entry=entry)
        case CustomersMerged():
            return replace(customer, merged_into=event.into)
        case _:
            return customer


CUSTOMER = Decider("customer", initial, decide, evolve)
