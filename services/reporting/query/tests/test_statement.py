"""Nothing a caller writes is in the text of the SQL, and every plan can be put into words the database takes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Select

from services.reporting.periods import Calendar
from services.reporting.query import rows_behind
from services.reporting.query.fields import OPERATIONS, Field, Frame
from services.reporting.query.grains import GRAINS
from services.reporting.query.grammar import Behind, Query
from services.reporting.query.plan import Findings, Plan
from services.reporting.query.resolve import behind, resolve
from services.reporting.query.statement import statement
from services.reporting.select import bound

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CALENDAR = Calendar(zone=ZoneInfo("Asia/Shanghai"), reporting_day=lambda _: 8, started_at=NOW, imports=[], now=NOW)
WRITTEN = "x'; drop table complaints; --"


def planned(**query: object) -> Plan:
    findings = Findings()
    whole = {"name": "q", "from": "complaints", "measures": [{"op": "count", "as": "n"}], **query}
    plan = resolve(Query.model_validate(whole), "", CALENDAR, findings)
    assert plan is not None, findings.errors
    return plan


def frame(plan: Plan) -> Frame:
    return plan.frame(NOW, CALENDAR, {WRITTEN: "C-1"})


def test_what_a_caller_writes_is_bound():
    filters = [{"field": name, "op": "in", "value": [WRITTEN]} for name in ("customer_ref", "issue_code", "state")]
    plan = planned(filters=filters, dimensions=["customer_ref", "issue_code"], measures=[{"op": "ratio", "numerator": filters}])
    found: list[Select[object]] = [statement(plan, frame(plan), limited=True).select]
    query = Behind.model_validate({"from": "complaints", "filters": filters, "at": {"batch": WRITTEN}})
    shown = behind(query, CALENDAR, Findings())
    assert shown is not None
    found += [rows_behind.page(shown, frame(shown), None, 5), rows_behind.for_a_file(shown, frame(shown), ["batch"])]
    for one in found:
        text, values = bound(one)
        assert WRITTEN not in text
        assert any(WRITTEN in (value if isinstance(value, list) else [value]) for value in values)


def test_tables_are_joined_only_where_they_are_asked_for():
    plain = bound(statement(planned(), frame(planned()), limited=True).select)[0]
    assert "customers" not in plain
    assert "unnest" not in plain
    grouped = planned(dimensions=["customer_group"])
    assert "customers" in bound(statement(grouped, frame(grouped), limited=True).select)[0]


def test_every_grain_has_a_column_for_each_of_its_fields_and_an_order():
    for grain in GRAINS.values():
        rows = grain.rows(Frame(NOW, CALENDAR.zone, CALENDAR.today(), frozenset(grain.fields)))
        assert set(grain.fields) <= set(rows.c.keys())
        assert {name for name, _ in grain.order} <= set(grain.fields)
        assert grain.fields[grain.time].is_time


def test_every_kind_of_field_can_be_looked_for():
    kinds = {field.kind for grain in GRAINS.values() for field in grain.fields.values()}
    assert kinds == set(OPERATIONS)
    assert all("is_null" in operations for operations in OPERATIONS.values())
    assert not Field("x", "money", "x", "x").is_dimension
