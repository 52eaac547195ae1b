"""Who may make which call, and what is shown? The table of api §1 cell by cell, and the cases it is tried on.

`+` may (done, or refused by a rule of the procedure); `-` wrong role, 403; `0` not visible or nothing there, 404. Of a reading:
`C` with the complainant, `T` with the other texts, `F` facts only, `N` numbers and states.
Columns: the channel that posted the case, another channel, the desk, the head of a department with work of the case, another department,
final inspection, quality, approver, analyst, auditor, administrator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from services.reporting.analysis.tests.test_doors import GOOD

COLUMNS = ("mine", "other", "desk", "held", "elsewhere", "inspector", "quality", "approver", "analyst", "auditor", "admin")
ROLES: Mapping[str, str] = {
    "mine": "channel", "other": "channel", "held": "department", "elsewhere": "department", "inspector": "department",
}  # fmt: skip

# {x} passed on, technical has work of it · {y} on the desk's path · {z} handled · {w} to be erased · row: the access matrix's
TABLE = """
row                          | call                                                           | m o d h e i q a y u A
post                         | POST   /complaints                                             | + + + - - - - - - - -
post                         | POST   /complaints/batch                                       | + + + - - - - - - - -
post                         | POST   /feedback                                               | + + + - - - - - - - -
read_complaint               | GET    /complaints/{x}                                         | C 0 C C 0 0 C T F T -
read_complaint               | GET    /complaints?number={number}                             | C 0 C C 0 0 C T F T -
lookup                       | POST   /complaints/lookup                                      | N N C - - - C - - - -
messages                     | POST   /complaints/{x}/information                             | + 0 + + 0 0 + - - - -
messages                     | POST   /complaints/{x}/messages                                | + 0 + + 0 0 + - - - -
messages                     | GET    /complaints/{x}/messages                                | + 0 + + 0 0 + - - - -
withdrawal                   | POST   /complaints/{z}/withdrawal                              | + 0 + - - - - - - - -
promotion_merging_customers  | POST   /complaints/{z}/duplicate-of                            | - - + - - - + - - - -
messages                     | GET    /complaints/{x}/notifications                           | + 0 + + 0 0 + - - - -
withdrawal                   | POST   /complaints/{x}/notifications/{notification}/bounce     | + 0 + - - - - - - - -
administration               | POST   /complaints/{w}/erasure                                 | - - - - - - - - - - +
administration               | POST   /complaints/{w}/erasure/{request}/confirmation          | - - - - - - - - - - +
feedback                     | GET    /feedback                                               | + + + + + + + + - + -
feedback                     | GET    /feedback/{feedback}                                    | + 0 + + 0 0 + + - + -
feedback                     | POST   /feedback/{feedback}/answer                             | - - + + 0 0 + - - - -
promotion_merging_customers  | POST   /feedback/{feedback}/promotion                          | - - + - - - + - - - -
promotion_merging_customers  | POST   /customers                                              | - - + - - - + - - - -
promotion_merging_customers  | PATCH  /customers/{ref}                                        | - - + - - - + - - - -
promotion_merging_customers  | POST   /customers/{ref}/merge                                  | - - + - - - + - - - -
read_customers               | GET    /customers                                              | - - + - - - + + + + -
read_customers               | GET    /customers/{ref}                                        | - - + - - - + + + + -
administration               | POST   /access/tokens                                          | - - - - - - - - - - +
administration               | GET    /access/tokens                                          | - - - - - - - - - - +
administration               | DELETE /access/tokens/{token}                                  | - - - - - - - - - - +
                             | GET    /access/me                                              | + + + + + + + + + + +
access_records               | GET    /access/records                                         | - - - - - - - - - + +
read_complaint               | GET    /cases                                                  | + + + + + + + + + + -
read_complaint               | GET    /cases/{x}                                              | T 0 T T 0 0 T T F T -
read_complaint               | GET    /cases/{x}/similar                                      | + 0 + + 0 0 + + + + -
timeline_clocks_packet       | GET    /cases/{x}/timeline                                     | - - T T 0 0 T T - T -
timeline_clocks_packet       | GET    /cases/{x}/clocks                                       | - - + + 0 0 + + - + -
timeline_clocks_packet       | GET    /cases/{x}/packet                                       | - - - - - - + + - + -
assessment                   | POST   /cases/{x}/assessment                                   | - - + - - - + - - - -
case_handling                | POST   /cases/{x}/severity                                     | - - + - - - + - - - -
case_handling                | POST   /cases/{x}/nature                                       | - - + - - - + - - - -
case_handling                | POST   /cases/{x}/early-warning                                | - - + - - - + - - - -
meeting                      | POST   /cases/{x}/meetings                                     | - - - - - - + - - - -
meeting                      | POST   /cases/{x}/policy                                       | - - - - - - + - - - -
remedy                       | POST   /cases/{y}/remedies                                     | - - + - - - + - - - -
remedy                       | POST   /cases/{x}/remedies                                     | - - - - - - + - - - -
approval                     | POST   /cases/{x}/remedies/1/approval                          | - - - - - - - + - - -
case_handling                | POST   /cases/{y}/remedies/1/answer                            | - - + - - - + - - - -
remedy                       | POST   /cases/{y}/remedies/1/carried-out                       | - - + - 0 0 + - - - -
remedy                       | POST   /cases/{x}/remedies/1/carried-out                       | - - - + 0 0 + - - - -
remedy                       | POST   /cases/{y}/remedies/1/verification                      | - - + - - - + - - - -
remedy                       | POST   /cases/{x}/remedies/1/verification                      | - - - - - - + - - - -
case_handling                | POST   /cases/{x}/telling                                      | - - + - - - + - - - -
case_handling                | POST   /cases/{x}/recourse                                     | - - + - - - + - - - -
case_handling                | POST   /cases/{x}/customer-reminder                            | - - + - - - + - - - -
case_handling                | POST   /cases/{y}/pause                                        | - - + - - - + - - - -
case_handling                | POST   /cases/{y}/resume                                       | - - + - - - + - - - -
case_handling                | POST   /cases/{z}/reopening                                    | - - + - - - + - - - -
case_handling                | POST   /cases/{z}/close                                        | - - + - - - + - - - -
queues                       | GET    /queues/technical                                       | - - 0 + 0 0 + 0 - + -
queues                       | GET    /queues/desk                                            | - - + 0 0 0 + 0 - + -
queues                       | GET    /queues/technical/workload                              | - - 0 + 0 0 + 0 - + -
queues                       | GET    /queues/technical/stream                                | - - 0 + 0 0 + 0 - + -
queues                       | GET    /work-items/{item}/candidates                           | - - 0 + 0 0 + 0 - + -
queues                       | GET    /overdue                                                | - - + + + + + + - + -
queues                       | GET    /overdue?department=technical                           | - - 0 + 0 0 + 0 - + -
work_item_moves              | POST   /work-items/{item}/take                                 | - - 0 + 0 0 - 0 - - -
work_item_moves              | POST   /work-items/{quality_item}/take                         | - - 0 0 0 0 + 0 - - -
work_item_moves              | POST   /work-items/{item}/hand-over                            | - - 0 + 0 0 - 0 - - -
work_item_moves              | POST   /work-items/{item}/done                                 | - - 0 + 0 0 - 0 - - -
work_item_moves              | POST   /work-items/{item}/return                               | - - 0 + 0 0 - 0 - - -
assign                       | POST   /work-items/{item}/assign                               | 0 0 0 + 0 0 - 0 0 - 0
remind                       | POST   /work-items/{item}/reminder                             | - - + + 0 0 + - - - -
inspections                  | GET    /inspections                                            | - - - - - + + - - + -
inspections                  | POST   /inspections/{inspection}/catches                       | - - - 0 0 + + - - - -
inspections                  | POST   /inspections/{inspection}/lift                          | - - - 0 0 + + - - - -
policy                       | GET    /policy                                                 | + + + + + + + + + + +
policy                       | PUT    /policy                                                 | - - - - - - - - - - +
read_capa                    | GET    /cause-reviews                                          | - - + + + + + + - + -
read_capa                    | GET    /cause-reviews/{z}                                      | - - + + 0 0 + + - + -
capa                         | POST   /cause-reviews/{z}                                      | - - - + 0 0 + - - - -
read_capa                    | GET    /capas                                                  | - - + + + + + + - + -
read_capa                    | GET    /capas/{capa}                                           | - - + + 0 0 + + - + -
read_capa                    | GET    /capas/{capa}/report                                    | - - + + 0 0 + + - + -
capa                         | POST   /capas                                                  | - - - + + + + - - - -
capa                         | POST   /capas/{capa}/containment                               | - - - + 0 0 + - - - -
capa                         | POST   /capas/{capa}/plan                                      | - - - + 0 0 + - - - -
approval                     | POST   /capas/{capa}/plan/approval                             | - - - - - - + + - - -
capa                         | POST   /capas/{capa}/steps/1/done                              | - - - + 0 0 + - - - -
capa_extension_effectiveness | POST   /capas/{capa}/steps/1/extension                         | - - - - - - + + - - -
capa                         | POST   /capas/{capa}/steps/1/reminder                          | - - - + 0 0 + - - - -
capa_extension_effectiveness | POST   /capas/{capa}/effectiveness                             | - - - - - - + - - - -
callbacks                    | GET    /callbacks                                              | - - + - - - + - - - -
callbacks                    | GET    /callbacks/{callback}                                   | - - + - - - + - - - -
callbacks                    | POST   /callbacks/{callback}/attempts                          | - - + - - - + - - - -
figures                      | GET    /reports/monthly/{month}                                | - - - - - - + + + + -
figures                      | GET    /reports/annual/{year}                                  | - - - - - - + + + + -
figures                      | GET    /reports/monthly/{month}.html                           | - - - - - - + + + + -
export                       | GET    /reports/monthly/{month}.xlsx                           | - - - - - - + - + + -
export                       | GET    /reports/monthly/{month}.csv                            | - - - - - - + - + + -
figures                      | GET    /reports/annual/{year}.html                             | - - - - - - + + + + -
export                       | GET    /reports/annual/{year}.xlsx                             | - - - - - - + - + + -
export                       | GET    /reports/annual/{year}.csv                              | - - - - - - + - + + -
figures                      | GET    /reports/trend                                          | - - - - - - + + + + -
figures                      | GET    /reports/effects                                        | - - - - - - + + + + -
figures                      | GET    /reports/restatements                                   | - - - - - - + + + + -
figures                      | GET    /signals                                                | - - - - - - + + + + -
figures                      | POST   /query                                                  | - - - - - - + + + + -
figures                      | GET    /query/schema                                           | - - - - - - + + + + -
figures                      | POST   /query/cases                                            | - - - - - - + + + + -
figures                      | GET    /query/cases?ask={ask}                                  | - - - - - - + + + + -
export                       | POST   /query/export                                           | - - - - - - + - + + -
figures                      | GET    /analysis/methods                                       | - - - - - - + + + + -
figures                      | POST   /analysis/*                                             | - - - - - - + + + + -
read_customers               | GET    /exposures                                              | - - + - - - + + + + -
figures_write                | PUT    /exposures                                              | - - - - - - + - + - -
figures_write                | POST   /signals/annotations                                    | - - - - - - + - + - -
figures_write                | POST   /signals/{nothing}/dismissal                            | - - - - - - 0 - - - -
administration               | GET    /consumers                                              | - - - - - - - - - + +
administration               | GET    /parked                                                 | - - - - - - - - - + +
administration               | POST   /parked/routing/{nothing}/retry                         | - - - - - - - - - - 0
administration               | POST   /parked/routing/{nothing}/discard                       | - - - - - - - - - - 0
administration               | PUT    /clock                                                  | - - - - - - - - - - 0
"""

# Calls without a token, or for whoever has one on this machine.
OPEN = {"POST /tracking", "POST /tracking/answer", "POST /tracking/messages", "POST /tracking/withdrawal", "POST /tracking/confirmation"}


class Cell(NamedTuple):
    """One cell: who makes which call, and what is to come of it."""

    row: str
    method: str
    path: str
    who: str
    mark: str


def cells() -> Iterator[Cell]:
    for line in TABLE.strip().splitlines()[1:]:
        row, call, marks = (part.strip() for part in line.split("|"))
        method, path = call.split()
        for each in GOOD if path.endswith("*") else ("",):  # the methods of analysis
            for who, mark in zip(COLUMNS, marks.split(), strict=True):
                yield Cell(row, method, path.replace("*", each), who, mark)


def body(method: str, path: str, who: str, world: Mapping[str, str]) -> Any:
    """One that is valid: a refusal is then of a rule, never of a field."""
    if path.startswith("/analysis/"):
        return GOOD[path.removeprefix("/analysis/")]
    today = datetime.now(UTC).date()
    ahead, past = (today + timedelta(days=20)).isoformat(), (today - timedelta(days=1)).isoformat()
    done, why = {"on": past, "evidence": "seen"}, {"reason": "a reason"}
    least = {"channel": "phone", "content_class": "service_quality", "description": "again"}
    plan = dict.fromkeys(("nonconformity", "containment", "root_cause", "corrective", "preventive"), "text")
    step = {"what": "grease", "department": "technical", "owner": "somebody", "due_on": ahead}
    satisfied = {"outcome": "answered", "medium": "phone", "satisfied_with_handling": "very", "satisfied_with_remedy": "very"}
    bodies: dict[str, Any] = {
        "POST /complaints": least,
        "POST /complaints/batch": [least],
        "POST /complaints/lookup": {"phone": world["phone"]},
        "POST /complaints/{x}/information": {"occurred_on": past},
        "POST /complaints/{x}/messages": {"text": "hello", "visible": True},
        "POST /complaints/{z}/duplicate-of": {"number": world["number"], **why},
        "POST /complaints/{w}/erasure/{request}/confirmation": {},
        "POST /feedback": {"kind": "inquiry", "channel": "phone", "text": "when?"},
        "POST /feedback/{feedback}/answer": {"text": "soon"},
        "POST /feedback/{feedback}/promotion": {"content_class": "service_quality", **why},
        "POST /customers": {"ref": world["ref"], "name": "A dealer", "status": "active"},
        "PATCH /customers/{ref}": {"name": "Another name"},
        "POST /customers/{ref}/merge": {"into": world["survivor"], **why},
        "POST /access/tokens": {"name": "one more", "roles": ["desk"], "expires_on": ahead},
        "POST /cases/{x}/assessment": ASSESSMENT,
        "POST /cases/{x}/severity": {"severity": "ordinary" if who == "desk" else "important", **why},
        "POST /cases/{x}/nature": {"nature": "communicative" if who == "desk" else "valid", **why},
        "POST /cases/{x}/early-warning": {"class": "C", "cause": "c", "forecast": "f", **why},
        "POST /cases/{x}/meetings": {"held_at": f"{past}T01:00:00Z", "attendees": ["Ma"], "decision": "repair"},
        "POST /cases/{x}/policy": {"version": world["policy"], **why},
        "POST /cases/{x}/telling": {"medium": "phone", "text": "told"},
        "POST /cases/{x}/recourse": {"body": "consumer association", "told_on": past},
        "POST /cases/{x}/customer-reminder": {"medium": "phone"},
        "POST /cases/{y}/pause": {"reason": "waiting_for_customer"},
        "POST /cases/{y}/resume": {},
        "POST /cases/{z}/close": {"outcome": "recourse_exhausted", **why},
        "PUT /policy": {"policy": world["rules"], "effective_on": ahead, "dry_run": True, **why},
        "POST /complaints/{x}/notifications/{notification}/bounce": {"reply": 550},
        "POST /work-items/{item}/take": {},
        "POST /work-items/{quality_item}/take": {},
        "POST /work-items/{item}/hand-over": {"to": "technical", **why},
        "POST /work-items/{item}/done": {"result": "done"},
        "POST /work-items/{item}/assign": {"person": "liu", **why},
        "POST /work-items/{item}/reminder": {"text": "please"},
        "POST /inspections/{inspection}/catches": {"quantity": 1, "on": past, "text": "a crack"},
        "POST /parked/routing/{nothing}/retry": {},
        "POST /cause-reviews/{z}": {
            "method": "five_why", "causes": [{"level": "system", "text": "c"}], "needed": False, "extend_to_others": False, **why,
        },
        "POST /capas": {"trigger": {"kind": "audit", "ref": "A-1"}, "title": "An audit", "severity": "ordinary"},
        "POST /capas/{capa}/containment": {"on": past, "text": "blocked"},
        "POST /capas/{capa}/plan": {**plan, "returned_quantity": 0, "steps": [step]},
        "POST /capas/{capa}/plan/approval": {"approved": True, **why},
        "POST /capas/{capa}/steps/1/extension": {"due_on": ahead, **why},
        "POST /capas/{capa}/steps/1/reminder": {"text": "please"},
        "POST /capas/{capa}/effectiveness": {"verdict": "effective", "evidence": "quiet"},
        "POST /callbacks/{callback}/attempts": satisfied,
        "POST /query": {"queries": [{"name": "n", "from": "complaints", "measures": [{"op": "count", "as": "n"}]}]},
        "POST /query/cases": {"from": "complaints", "at": {"channel": "phone"}},
        "POST /query/export": {"from": "complaints", "at": {"channel": "phone"}, "format": "csv"},
        "PUT /exposures": [{"month": f"{today:%Y-%m}", "kind": "sold", "units": 7}],
        "POST /signals/annotations": {"series": {"dimension": "total"}, "month": "2026-01", "cause": "a lawsuit", **why},
        "PUT /clock": {"now": "2099-01-01T00:00:00Z"},
    }  # fmt: skip
    return next((given for ends, given in _of_many(done).items() if path.endswith(ends)), None) or bodies.get(f"{method} {path}", why)


def _of_many(done: Any) -> dict[str, Any]:
    """Bodies of calls that are in the table for several cases."""
    return {
        "/remedies": {"kinds": ["repair"], "text": "repair", "commitment": "soon"},
        "/remedies/1/approval": {"approved": True, "reason": "a reason"},
        "/remedies/1/answer": {"accepted": True, "medium": "phone"},
        "/carried-out": done,
        "/verification": done,
        "/steps/1/done": done,
    }


ASSESSMENT = {
    "severity": "important", "nature": "valid", "safety": False, "complexity": "low", "impact": "low", "immediate_action": "possible",
    "pass_on": False, "early_warning": None, "legal": False, "reason": "a reason",
}  # fmt: skip
