"""How does each event change what is known of its complaint?

The rules of months (api §6, §9):
- received: once, in the month of the earliest receipt; a complaint received again is `reopened` in that later month.
- closed: in the month a closing happened; a closing on an unknown date is in no month, and the complaint counts as open on no day.
- of an import's rounds the last replaces what the earlier ones said, their closings included.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.reporting.said import RECEIVED, Said, in_order
from services.reporting.story import Story, Telling

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def tell(events: Iterable[Said]) -> Story:
    """The story of one complaint. Before its receipt is seen there is none, whatever else has arrived."""
    telling = Telling()
    for event in in_order(events):
        if telling.known or event.kind == RECEIVED:
            telling.moment = _EPOCH + timedelta(microseconds=event.recorded)
            telling.role = event.fields["role"]
            _RULES[event.kind](telling, event.fields)
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
    facts["registered_at"] = datetime.fromisoformat(event["at"])
    facts["reopened"] = facts["remedy_rounds"] = 0
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
    closed_at = last.get("closed_at")
    if not last.get("closed"):
        telling.open(facts["received_at"])
    elif closed_at is None:
        telling.move(_closing_state(last.get("outcome")), None)
    else:
        facts["closed_at"] = datetime.fromisoformat(closed_at)
        telling.open(facts["received_at"])
        telling.close(facts["closed_at"])
        telling.move(_closing_state(last.get("outcome")), facts["closed_at"])


def _assessed(telling: Telling, event: Mapping[str, Any]) -> None:
    for name in ("severity", "nature", "early_warning"):
        telling.facts[name] = event.get(name)
    telling.facts["department"] = event.get("responsible_department") or "desk"
    telling.move("assessed", datetime.fromisoformat(event["at"]))


def _offered(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["remedy_rounds"] = max(telling.facts["remedy_rounds"], event["round"])
    telling.move("offered", datetime.fromisoformat(event["at"]))


def _answered(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.move("accepted" if event["accepted"] else "refused", datetime.fromisoformat(event["at"]))


def _carried_out(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.move("remedied", datetime.fromisoformat(event["at"]))


def _reported(telling: Telling, event: Mapping[str, Any]) -> None:
    if telling.facts["state"] == "remedied":  # telling is allowed at any time but moves only a remedied case
        telling.move("told", datetime.fromisoformat(event["at"]))


def _closed(telling: Telling, event: Mapping[str, Any]) -> None:
    at = datetime.fromisoformat(event["at"])
    telling.facts["closed_at"], telling.facts["outcome"] = at, event["outcome"]
    telling.close(at)
    telling.move(_closing_state(event["outcome"]), at)


def _reopened(telling: Telling, event: Mapping[str, Any]) -> None:
    at = datetime.fromisoformat(event["at"])
    telling.facts["closed_at"] = telling.facts["outcome"] = None
    telling.facts["reopened"] += 1
    telling.open(at)
    telling.move("assessed", at, reopening=True)


def _asked_back(telling: Telling, event: Mapping[str, Any]) -> None:
    telling.facts["satisfied_with_handling"] = event["satisfied_with_handling"]


def _closing_state(outcome: str | None) -> str:
    return "withdrawn" if outcome == "withdrawn" else "closed"


_RULES: Mapping[str, Callable[[Telling, Mapping[str, Any]], None]] = {
    RECEIVED: _received,
    "routing.case-assessed.v1": _assessed,
    "routing.remedy-offered.v1": _offered,
    "routing.remedy-answered.v1": _answered,
    "routing.remedy-carried-out.v1": _carried_out,
    "routing.result-reported.v1": _reported,
    "routing.case-closed.v1": _closed,
    "routing.case-reopened.v1": _reopened,
    "survey.callback-answered.v1": _asked_back,
}
