"""How does each event change what is known of its complaint?

The rules of months (api §6, §9):
- received: once, in the month of the earliest receipt; a complaint received again is `reopened` in that later month.
- closed: in the month a closing happened; a closing on an unknown date is in no month, and the complaint counts as open on no day.
- overdue: while open, from the first deadline towards the complainant that passed until all that were missed are met.
- of an import's rounds the last replaces what the earlier ones said, their closings included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from services.reporting.said import ADDED, RECEIVED, Said
from services.reporting.story import CLOSED_STATES, Story, Telling
from shared.contracts.states import MOVES, state_after

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_IMPORTED = "routing.case-imported.v1"
_REOPENED = "routing.case-reopened.v1"
_WRITTEN = ("personal_contact", "status_message")  # clocks that wait for word from staff
CLOCKS = frozenset(("acknowledgement", "assessment", "desk_remedy", "telling", *_WRITTEN))


def tell(events: Iterable[Said]) -> Story:
    """The story of one complaint, from what was said in order. Before its receipt is seen there is none, whatever else has arrived."""
    telling = Telling()
    for event in events:
        kind, said = event.kind, event.fields
        if not telling.known and kind != RECEIVED:
            continue
        telling.moment = _EPOCH + timedelta(0, 0, event.recorded)  # by name it takes twice as long
        telling.role = said["role"]
        rule = _RULES.get(kind)
        if rule is not None:
            rule(telling, said)
        if kind in MOVES:
            telling.move(state_after(telling.facts["state"], kind, said), datetime.fromisoformat(said["at"]), reopening=kind == _REOPENED)
        telling.keep_version()
    return telling.story()


def _received(telling: Telling, event: Mapping[str, Any]) -> None:
    facts = telling.facts
    customer, product = event.get("customer") or {}, event.get("product") or {}
    issues = list(dict.fromkeys(event.get("issue_codes", ())))
    occurred_on = event.get("occurred_on")
    for name in ("number", "external_ref", "channel", "content_class"):
        facts[name] = event.get(name)
    facts["department"] = "desk"
    facts["issue_codes"] = issues
    facts["main_issue_code"] = issues[0] if issues else None
    facts["product_code"], facts["product_name"], facts["batch"] = product.get("code"), product.get("name"), product.get("batch")
    facts["customer_ref"], facts["customer_name"] = customer.get("ref"), customer.get("name")
    facts["occurred_on"] = date.fromisoformat(occurred_on) if occurred_on else None
    facts["received_at"] = datetime.fromisoformat(event["received_at"])
    facts["registered_at"] = telling.moment
    facts["reopened"] = facts["remedy_rounds"] = 0
    facts["overdue"] = False
    facts["imported"] = "history" in event
    facts["data_flags"] = list(event.get("data_flags", ()))
    telling.move("received", facts["received_at"])
    if facts["imported"]:
        _lived_elsewhere(telling, event["history"])
    else:
        telling.open(facts["received_at"])


def _lived_elsewhere(telling: Telling, history: Mapping[str, Any]) -> None:
    """What an import brings of a complaint's past: every receipt again is a reopening, the last round says what holds."""
    facts, rounds = telling.facts, history["rounds"]
    last = rounds[-1]
    for again in rounds[1:]:
        telling.move("received", datetime.fromisoformat(again["received_at"]), reopening=True)
    facts["reopened"] = len(rounds) - 1
    facts["severity"], facts["outcome"] = last.get("severity"), last.get("outcome")
    facts["satisfied_with_handling"] = history.get("satisfied_with_handling")
    _costs(telling, last.get("amount"))
    if not last.get("closed"):
        telling.open(facts["received_at"])
        return
    closed_at = datetime.fromisoformat(last["closed_at"]) if last.get("closed_at") else None
    facts["closed_at"] = closed_at
    if closed_at is not None:
        telling.open(facts["received_at"])
        telling.close(closed_at)
    telling.move(state_after("received", _IMPORTED, last), closed_at)


def _added(telling: Telling, event: Mapping[str, Any]) -> None:
    """What came in later takes the place of what was unknown or said before."""
    facts, product = telling.facts, event.get("product") or {}
    issues = list(dict.fromkeys(event.get("issue_codes", ())))
    if issues:
        facts["issue_codes"], facts["main_issue_code"] = issues, issues[0]
    said = {"product_code": product.get("code"), "product_name": product.get("name"), "batch": product.get("batch")}
    facts |= {name: value for name, value in said.items() if value is not None}
    if event.get("occurred_on"):
        facts["occurred_on"] = date.fromisoformat(event["occurred_on"])


def _assessed(telling: Telling, event: Mapping[str, Any]) -> None:
    for name in ("severity", "nature", "early_warning"):
        telling.facts[name] = event.get(name)
    telling.facts["department"] = event.get("responsible_department") or "desk"
    stopped = ("desk_remedy",) if event.get("path") not in (None, "desk") else ()
    telling.meet(_at(event), "assessment", *stopped)


def _regraded(telling: Telling, event: Mapping[str, Any]) -> None:
    """What did not change is not said."""
    telling.facts |= {name: event[name] for name in ("severity", "nature") if name in event}


def _warned(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["early_warning"] = event.get("early_warning")


def _proposed(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.proposed[event["round"]] = event.get("amount")


def _offered(telling: Telling, event: Mapping[str, Any]) -> None:
    """The amount is that of the round offered last; an approved one costs what was proposed."""
    telling.facts["remedy_rounds"] = max(telling.facts["remedy_rounds"], event["round"])
    _costs(telling, event.get("amount", telling.proposed.get(event["round"])))
    telling.meet(_at(event), "desk_remedy", *_WRITTEN)


def _costs(telling: Telling, money: Mapping[str, Any] | None) -> None:
    telling.facts["amount"] = Decimal(money["amount"]) if money else None
    telling.facts["currency"] = money["currency"] if money else None


def _carried_out(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["remedied_at"] = _at(event)


def _acknowledged(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["acknowledged_at"] = telling.facts["acknowledged_at"] or _at(event)
    telling.meet(_at(event), "acknowledgement")


def _written(telling: Telling, event: Mapping[str, Any]) -> None:
    if event["by"] == "staff" and event["visible"]:
        telling.meet(_at(event), *_WRITTEN)


def _told(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.meet(_at(event), "telling", *_WRITTEN)


def _missed(telling: Telling, event: Mapping[str, Any]) -> None:
    if event["clock"] in CLOCKS and telling.facts["state"] not in CLOSED_STATES:
        telling.miss(event["clock"], datetime.fromisoformat(event["due_at"]))
        telling.facts["overdue"] = bool(telling.missed)


def _closed(telling: Telling, event: Mapping[str, Any]) -> None:
    at = _at(event)
    telling.meet(at)
    telling.facts["closed_at"], telling.facts["outcome"] = at, event["outcome"]
    telling.close(at)


def _reopened(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["closed_at"] = telling.facts["outcome"] = telling.facts["remedied_at"] = None
    telling.facts["reopened"] += 1
    telling.open(_at(event))


def _asked_back(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["satisfied_with_handling"] = event["satisfied_with_handling"]


def _at(event: Mapping[str, Any]) -> datetime:
    return datetime.fromisoformat(event["at"])


_RULES: Mapping[str, Callable[[Telling, Mapping[str, Any]], None]] = {
    RECEIVED: _received,
    ADDED: _added,
    "intake.complaint-acknowledged.v1": _acknowledged,
    "intake.message-posted.v1": _written,
    "routing.case-assessed.v1": _assessed,
    "routing.case-regraded.v1": _regraded,
    "routing.early-warning-set.v1": _warned,
    "routing.remedy-proposed.v1": _proposed,
    "routing.remedy-offered.v1": _offered,
    "routing.remedy-approved.v1": _offered,
    "routing.remedy-carried-out.v1": _carried_out,
    "routing.result-reported.v1": _told,
    "routing.deadline-missed.v1": _missed,
    "routing.case-closed.v1": _closed,
    _REOPENED: _reopened,
    "survey.callback-answered.v1": _asked_back,
}
