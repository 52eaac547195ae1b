"""How does work in the queues move the clocks? Each offer must be taken, and what ends some work meets its clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from services.routing.clocks.story import ITS_WORK, Fields, Item, Story
from shared.contracts import routing


def _offered(story: Story, at: datetime, fields: Fields) -> None:
    item = Item(UUID(fields["item_id"]), fields["task"], fields["department"])
    story.items[item.id] = item
    _to_be_taken(story, at, item)
    for span in story.running.values():
        if item.task in ITS_WORK.get(span.clock, ()) and span.department == item.department:
            span.item_id = item.id


def _to_be_taken(story: Story, at: datetime, item: Item) -> None:
    story.start("take", at, item.department, str(item.id), item_id=item.id)


def _taken(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("take", at, fields["item_id"])
    story.items[UUID(fields["item_id"])].holder = fields["holder"]


def _returned(story: Story, at: datetime, fields: Fields) -> None:
    _open_in(story, at, fields["item_id"], fields["department"])


def _handed_over(story: Story, at: datetime, fields: Fields) -> None:
    story.meet("take", at, fields["item_id"])
    _open_in(story, at, fields["item_id"], fields["to_department"])


def _open_in(story: Story, at: datetime, item_id: str, department: str) -> None:
    """The work waits again; the clock it is about goes on, and is this department's now."""
    item = story.items[UUID(item_id)]
    item.holder, item.department = None, department
    for span in story.running.values():
        if span.item_id == item.id:
            span.department = department
    _to_be_taken(story, at, item)


def _done(story: Story, at: datetime, fields: Fields) -> None:
    """Business calls need no holder: work that is done need not be taken any more."""
    story.meet("take", at, fields["item_id"])
    item = story.items[UUID(fields["item_id"])]
    item.done = True
    warning = story.running.get(("early_warning", ""))
    if warning is not None and warning.item_id == item.id:
        story.meet("early_warning", at)


def _near(story: Story, at: datetime, fields: Fields) -> None:
    story.notes[fields["clock"], fields["instance"], "near"] = at


def _missed(story: Story, at: datetime, fields: Fields) -> None:
    story.notes[fields["clock"], fields["instance"], "missed"] = at


def _escalated(story: Story, at: datetime, fields: Fields) -> None:
    story.notes[fields["clock"], fields["instance"], str(fields["level"])] = at


TOLD: Mapping[str, Callable[[Story, datetime, Fields], None]] = {
    routing.WorkItemOffered.TYPE: _offered,
    routing.WorkItemTaken.TYPE: _taken,
    routing.WorkItemAssigned.TYPE: _taken,
    routing.WorkItemReturned.TYPE: _returned,
    routing.WorkItemHandedOver.TYPE: _handed_over,
    routing.WorkItemDone.TYPE: _done,
    routing.DeadlineNear.TYPE: _near,
    routing.DeadlineMissed.TYPE: _missed,
    routing.CaseEscalated.TYPE: _escalated,
}
