"""Which tables has the form? What the procedure asks for (RP-1): how often, by customer, trend, season; then work, indicators, actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.reporting.form.given import Given
from services.reporting.form.indicators import backlog_by_age, indicators
from services.reporting.form.table import Kind, Row, Table, Value
from services.reporting.form.work import backlog, by_department, capas, causes, months, overdue
from services.reporting.periods import parse

_MOST_SERIOUS = ("systematic", "recurrent", "sporadic", "single")
PROVEN = 0.05  # below which a season is
YEARS_BEHIND = 3  # of a calendar month; a season is shown from that many years on


def tables(given: Given) -> list[Table]:
    """In the order of the form; those a month does not have are left out."""
    made = [one(given) for one in (_totals, _frequency, _by_customer, _trend, seasonal, _by_issue, _by_product, by_department)]
    made += [indicators(given), backlog(given), backlog_by_age(given), overdue(given)]
    if given.period.bucket == "year":
        made += [months(given), causes(given), capas(given)]
    return [*made, _restatements(given), _definitions(given)]


def _totals(given: Given) -> Table:
    totals, w = given.report["totals"], given.words
    versus = given.report.get("versus_last_year")
    if versus is None:
        rows = [Row((w[name], count)) for name, count in totals.items()]
        return Table("totals", w["totals"], given.columns("figure", ("count", "number")), rows)
    rows = [Row((w[name], one["count"], one["last_year"], one["change"])) for name, one in versus["totals"].items()]
    shown = given.columns("figure", ("count", "number"), ("last_year", "number"), ("change", "share"))
    return Table("totals", w["totals"], shown, rows)


def _frequency(given: Given) -> Table:
    w = given.words

    def row(one: Mapping[str, Any]) -> Row:
        of = "product_code" if one["scope"] == "product" else "customer_ref"
        values = (w[one["scope"]], one[of] or w["none"], one["issue_code"] or w["none"], one["count"], one["count_12m"])
        return Row((*values, w[one["class"]], w[f"basis_{one['basis']}"]), given.received(issue_code=one["issue_code"], **{of: one[of]}))

    shown = given.columns("scope", "of", "issue", ("count", "number"), ("count_12m", "number"), ("class", "text"), ("basis", "text"))
    return Table(
        "frequency",
        w["frequency"],
        shown,
        [row(one) for one in sorted(given.report["frequency"], key=lambda one: _MOST_SERIOUS.index(one["class"]))],
    )


def _by_customer(given: Given) -> Table:
    w = given.words

    def row(one: Mapping[str, Any]) -> Row:
        issues = "; ".join(
            f"{issue['issue_code'] or w['none']} {issue['count']}{' !' if issue['disproportionate'] else ''}" for issue in one["issues"][:3]
        )
        values = (
            one["customer_ref"] or w["none"],
            one["name"],
            *_compared(one, given),
            one["change"],
            one["rate"] and one["rate"]["value"],
            issues,
        )
        return Row(values, given.received(customer_ref=one["customer_ref"]))

    shown = given.columns("customer", ("name", "text"), *_comparing(given), ("change", "share"), ("rate", "number"), ("issues", "text"))
    return Table("by_customer", w["by_customer"], shown, [row(one) for one in given.report["by_customer"]], w["more_than_elsewhere"])


def _comparing(given: Given) -> tuple[tuple[str, Kind], ...]:
    """A year is compared with the one before, a month also with itself a year ago."""
    month: tuple[tuple[str, Kind], ...] = (("same_month_last_year", "number"),) if given.period.bucket == "month" else ()
    return (("count", "number"), ("share", "share"), ("previous", "number"), *month)


def _compared(one: Mapping[str, Any], given: Given) -> tuple[Value, ...]:
    month = (one["same_month_last_year"],) if given.period.bucket == "month" else ()
    return one["count"], one.get("hidden") or one["share"], one["previous"], *month


def _trend(given: Given) -> Table:
    w = given.words
    rows = [
        Row(
            (one["month"], w["gap"] if one["count"] is None else one["count"], one["expected"], one["bound"], given.yes(one["signal"]), given.yes(one["complete"])),
            given.received_in(parse(one["month"])),
        )
        for one in given.report["trend"]["months"]
    ]  # fmt: skip
    shown = given.columns(
        "month", ("count", "number"), ("expected", "number"), ("bound", "number"), ("signal", "text"), ("complete", "text")
    )
    return Table("trend", w["trend"], shown, rows)


def seasonal(given: Given) -> Table:
    """Where none is shown the table says why."""
    season = given.report["seasonal"]
    last = given.report["trend"]["months"][-1]["month"]
    rows = []
    for n, index in enumerate(season["index"] or (), 1):
        behind = parse(last)
        while behind.first.month != n:
            behind = behind.plus(-1)
        months = ", ".join(behind.plus(-12 * back).label for back in range(YEARS_BEHIND))
        rows.append(Row((f"{n:02}", round(index, 1), months), given.received_in(behind)))
    shown = given.columns("month", ("index", "number"), ("months_behind", "text"))
    return Table("seasonal", given.words["seasonal"], shown, rows, _season_said(season, given.words))


def _season_said(season: Mapping[str, Any], w: Mapping[str, str]) -> str:
    if season["test"] is None or (not season["shown"] and season["test"]["p"] < PROVEN):
        return w["season_short"]
    return w["season_proven" if season["shown"] else "season_not_proven"].format(p=season["test"]["p"])


def _by_issue(given: Given) -> Table:
    """With the cumulative share of all issues raised, as the Pareto chart has it."""
    w, issues = given.words, given.report["by_issue"]
    whole, so_far, rows = sum(one["count"] for one in issues), 0, []
    for n, one in enumerate(issues, 1):
        so_far += one["count"]
        values = (n, one["issue_code"] or w["none"], *_compared(one, given), round(so_far / whole, 4))
        rows.append(Row(values, given.received(issue_code=one["issue_code"])))
    shown = given.columns(("rank", "number"), "issue", *_comparing(given), ("cumulative", "share"))
    return Table("by_issue", w["by_issue"], shown, rows, w["several"])


def _by_product(given: Given) -> Table:
    w = given.words
    rows = [
        Row((one["product_code"] or w["none"], one["name"], *_compared(one, given)), given.received(product_code=one["product_code"]))
        for one in given.report["by_product"]
    ]
    return Table("by_product", w["by_product"], given.columns("product", ("name", "text"), *_comparing(given)), rows)


def _restatements(given: Given) -> Table:
    """One row for each figure that is another one now."""
    rows = [
        Row((one["period"], one["version"], given.moment(one["restated_at"]), difference["figure"], difference["dimension"], difference["key"], difference["before"], difference["after"]))
        for one in given.report["restatements"]
        for difference in one["differences"]
    ]  # fmt: skip
    shown = given.columns(
        "period", ("version", "number"), ("restated_at", "text"), ("figure", "text"), ("dimension", "text"), ("key", "text"),
        ("before", "number"), ("after", "number"),
    )  # fmt: skip
    return Table("restatements", given.words["restatements"], shown, rows)


def _definitions(given: Given) -> Table:
    rows = [Row((one["definition"], one["label"], one["formula"])) for one in given.report["definitions"].values()]
    return Table("definitions", given.words["definitions"], given.columns("definition", ("label", "text"), ("formula", "text")), rows)
