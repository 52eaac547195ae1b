"""In which state is a case after an event? The words of `GET /cases/{id}`, the same in every service that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

CaseState = Literal[
    "received", "assessed", "offered", "refused", "external", "accepted", "remedied", "told", "closed", "withdrawn"
]  # fmt: skip

MOVES = frozenset(
    {
        "routing.case-opened.v1",
        "routing.case-imported.v1",
        "routing.case-assessed.v1",
        "routing.remedy-offered.v1",
        "routing.remedy-approved.v1",
        "routing.remedy-answered.v1",
        "routing.remedy-carried-out.v1",
        "routing.recourse-named.v1",
        "routing.result-reported.v1",
        "routing.case-closed.v1",
        "routing.case-reopened.v1",
    }
)


def state_after(state: CaseState, kind: str, body: Mapping[str, Any]) -> CaseState:
    """The state a routing event leaves a case in; `body` is its JSON. An event that moves nothing leaves it where it was."""
    match kind:
        case "routing.case-opened.v1":
            return "received"
        case "routing.case-imported.v1":
            return _ended(body) if body.get("closed") else "received"
        case "routing.case-assessed.v1":
            return "assessed"
        case "routing.remedy-offered.v1" | "routing.remedy-approved.v1":
            return "offered"
        case "routing.remedy-answered.v1":
            return "accepted" if body["accepted"] else "refused"
        case "routing.remedy-carried-out.v1":
            return "remedied"
        case "routing.recourse-named.v1":
            return "external" if state == "refused" else state
        case "routing.result-reported.v1":
            return "told" if state == "remedied" else state
        case "routing.case-closed.v1":
            return _ended(body)
        case "routing.case-reopened.v1":
            return "received" if body.get("state") == "received" else "assessed"
        case _:
            return state


def _ended(body: Mapping[str, Any]) -> CaseState:
    return "withdrawn" if body.get("outcome") == "withdrawn" else "closed"
