"""What is a caller shown of work: the items of a queue, who could take them, how much everybody has? The objects of the public contract."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from services.routing.views.queue import ItemState
from shared.contracts.vocabulary import Severity, Task, Topic
from shared.web import Receipt


class ShownWorkItem(BaseModel):
    """Work in a department's queue, on a case or on other feedback. `version` is its case's: what If-Match speaks of."""

    id: UUID
    complaint_id: UUID | None
    feedback_id: UUID | None
    number: str | None
    department: str
    task: Task
    topic: Topic | None
    about: UUID | None
    state: ItemState
    severity: Severity | None
    offered_at: datetime
    due_at: datetime | None
    clock: str | None
    holder: str | None
    holder_name: str | None
    reminders: int
    version: int


class Moved(Receipt, ShownWorkItem):
    """The work item after the move."""


class ShownCandidate(BaseModel):
    """Somebody who may be given the work, and why they stand where they stand."""

    person: str
    name: str
    location: str | None
    head: bool
    available: bool
    absent_from: date | None
    absent_until: date | None
    skills: list[str]
    matched: list[str]
    taken: int
    overdue: int
    holds_it: bool
    reasons: list[str]


class Candidates(BaseModel):
    items: list[ShownCandidate]
    as_of: dict[str, Any]


class ShownLoad(BaseModel):
    """What lies with a person; without one, what nobody has taken."""

    person: str | None
    name: str | None
    open: int
    taken: int
    near: int
    overdue: int


class Workload(BaseModel):
    """A department's work in all, and by person."""

    department: str
    open: int
    taken: int
    near: int
    overdue: int
    items: list[ShownLoad]
    as_of: dict[str, Any]


class Queue(BaseModel):
    items: list[ShownWorkItem]
    next: str | None
    as_of: dict[str, Any]
