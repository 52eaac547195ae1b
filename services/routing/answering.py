"""Which department answers what is asked about a case? The communication matrix (RT-10); pure."""

from __future__ import annotations

from collections.abc import Iterator

from services.routing import work
from services.routing.hearing import HearMessage
from services.routing.item import WorkItem
from services.routing.state import Case
from shared.contracts.routing import WorkItemDone, WorkItemOffered
from shared.policy import Policy


def questions(case: Case, command: HearMessage, policy: Policy) -> Iterator[WorkItemDone | WorkItemOffered]:
    """What the complainant writes, and what staff ask a department, waits for that department; a message that answers ends it."""
    answered = [item for item in case.items if item.task == "answer" and not item.done and _answers(command, item)]
    yield from (WorkItemDone(complaint_id=case.id, item_id=item.id) for item in answered)
    if _asks(command) and not answered:
        to_be_answered = work.offered(case, "answer", policy.answers(command.topic), case.severity, about=command.message_id)
        yield to_be_answered.model_copy(update={"topic": command.topic, "asked_by": command.person})


def _asks(command: HearMessage) -> bool:
    return command.by == "complainant" or (not command.visible and command.topic != "other")


def _answers(command: HearMessage, item: WorkItem) -> bool:
    """An answer speaks of the same topic, or comes from who holds the work; what the complainant asked, the complainant must see."""
    if command.by == "complainant" or (item.asked_by is None and not command.visible):
        return False
    if item.topic == command.topic:
        return item.asked_by is None or item.asked_by != command.person
    return command.topic == "other" and item.holder == command.person
