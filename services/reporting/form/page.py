"""How does the form look on paper? One page with its style in it, so that it can be kept and printed as a file of its own."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib import resources
from urllib.parse import quote

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.reporting.form.about import about, title
from services.reporting.form.charts import charts
from services.reporting.form.given import Given
from services.reporting.form.table import Kind, Link, Value
from services.reporting.form.tables import tables

MOST_ROWS = 20  # of a table on paper; the workbook has them all
WHOLE = frozenset(("kpis", "trend", "seasonal", "months", "capas", "definitions"))  # short, or not to be cut
DRAWN = ("trend", "seasonal", "by_issue", "backlog")  # the tables that charts stand above
CHARTS = {"trend": "trend", "seasonal": "seasonal", "by_issue": "pareto", "backlog": "backlog"}


def render(given: Given, origin: str) -> str:
    """The page; `origin` is where links to the cases lead."""
    drawings = {one.name: one for one in charts(given)}
    return (
        _templates()
        .get_template("form.html")
        .render(
            w=given.words,
            lang=given.language,
            title=title(given),
            about=about(given),
            period=given.report["period"],
            tables=[table for table in tables(given) if table.rows or table.note or table.name not in _SILENT],
            charts={table: drawings[name] for table, name in CHARTS.items() if name in drawings},
            style=_style(),
            most=MOST_ROWS,
            whole=WHOLE,
            href=lambda link: _href(link, origin),
            shown=_shown,
        )
    )


_SILENT = frozenset(("restatements", "overdue", "causes", "capas"))  # nothing to say where there is nothing


def headers() -> dict[str, str]:
    """Nothing but the page's own style is used; nothing is loaded."""
    digest = b64encode(sha256(_style().encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return {"content-security-policy": policy, "referrer-policy": "no-referrer"}


def _href(link: Link, origin: str) -> str:
    return f"{origin}/api/v1/query/cases?ask={quote(orjson.dumps(link).decode(), safe='')}"


def _shown(value: Value, kind: Kind) -> str:
    match value:
        case None:
            return "–"
        case str():
            return value
        case _ if kind == "share":
            return f"{value:.1%}"
        case float():
            return f"{value:,.1f}" if abs(value) >= 1 or not value else f"{value:.3g}"
        case _:
            return f"{value:,}"


@cache
def _style() -> str:
    return resources.files("services.reporting").joinpath("static", "form.css").read_text(encoding="utf-8")


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("services.reporting"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
