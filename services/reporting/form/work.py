"""What was done about it, what waits, what is late? The form's tables of work, backlog, causes and actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.reporting.form.given import Given
from services.reporting.form.table import Row, Table
from services.reporting.periods import containing, parse


def by_department(given: Given) -> Table:
    rows = [Row((given.label(one["department"]), one["open"], one["overdue"], one["done"])) for one in given.report["by_department"]]
    shown = given.columns("department", ("open", "number"), ("overdue", "number"), ("done", "number"))
    return Table("by_department", given.words["by_department"], shown, rows)


def backlog(given: Given) -> Table:
    """What was open at the end of each month of the trend."""
    rows = [
        Row((one["month"], count), given.open_at_end(parse(one["month"])))
        for one, count in zip(given.report["trend"]["months"], given.backlog, strict=True)
        if parse(one["month"]) <= containing("month", given.today)
    ]
    return Table("backlog", given.words["backlog"], given.columns("month", ("open_at_end", "number")), rows)


def overdue(given: Given) -> Table:
    shown = given.columns("number", "clock", ("due_at", "text"), ("department", "text"))
    rows = [
        Row((one["number"], given.label(one["clock"]), given.moment(one["due_at"]), given.label(one["department"])))
        for one in given.report["overdue"]
    ]
    return Table("overdue", given.words["overdue_list"], shown, rows)


def months(given: Given) -> Table:
    names = ("received", "closed", "open_at_end", "reopened")
    rows = [
        Row((one["period"], *(one["totals"][name] for name in names), given.yes(one["complete"])), given.received_in(parse(one["period"])))
        for one in given.report["months"]
    ]  # fmt: skip
    shown = given.columns("month", *((name, "number") for name in names), ("complete", "text"))
    return Table("months", given.words["months"], shown, rows)


def causes(given: Given) -> Table:
    w = given.words
    rows = [Row((one["issue_code"] or w["none"], w[one["level"]], one["count"])) for one in given.report["causes"]]
    return Table("causes", w["causes"], given.columns("issue", "level", ("count", "number")), rows)


def capas(given: Given) -> Table:
    w = given.words

    def row(one: Mapping[str, Any]) -> Row:
        trigger = w["trend_trigger"] if one["trigger"] == "trend" else w[one["trigger"]]
        return Row(
            (one["number"], trigger, w[f"action_{one['state']}"], one["verdict"] and w[one["verdict"]], w[one["statistical_verdict"]])
        )

    shown = given.columns("number", ("trigger", "text"), ("state", "text"), ("verdict", "text"), ("statistical_verdict", "text"))
    return Table("capas", w["capas"], shown, [row(one) for one in given.report["capas"]])
