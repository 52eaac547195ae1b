"""What does a query look like? The shape only; which names exist is settled by `resolve`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue, StrictInt

from shared.web import Body, Flag, Moment, Part

MOST_QUERIES = 20
MOST_ROWS = 10_000
DEFAULT_ROWS = 1_000
MOST_BUCKETS = 5_000

Name = Annotated[str, Field(min_length=1, max_length=100)]
Alias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,49}$")]
WindowName = Literal["last_12_months", "last_month", "this_year", "last_year"]
Comparison = Literal["previous", "last_year"]


class Filter(Part):
    field: Name
    op: Name
    value: JsonValue = None


Filters = Annotated[tuple[Filter, ...], Field(max_length=50)]


class Measure(Part):
    """`at` belongs to `percentile` and `survival`, `censor_at` to `survival`, `numerator` and `denominator` to `ratio`."""

    op: Name
    field: Name | None = None
    as_: Alias | None = Field(default=None, alias="as")
    at: JsonValue = None
    censor_at: Moment | None = None
    numerator: Filters | None = None
    denominator: Filters | None = None


class Window(Part):
    """Both ends inclusive: `{"from": "2017-06", "to": "2020-04"}`."""

    from_: Name | None = Field(default=None, alias="from")
    to: Name | None = None


class Sort(Part):
    by: Name
    desc: Flag = False


class LimitBy(Part):
    dimension: Name
    n: Annotated[StrictInt, Field(ge=1, le=1000)]


class Query(Part):
    name: Name
    from_: Name = Field(alias="from")
    measures: Annotated[list[Measure], Field(min_length=1, max_length=20)]
    dimensions: Annotated[tuple[Name, ...], Field(max_length=6)] = ()
    time: Name | None = None
    bucket: Name | None = None
    window: Window | Name | None = None
    filters: Filters = ()
    compare: Name | None = None
    sort: Annotated[tuple[Sort, ...], Field(max_length=10)] = ()
    limit: Annotated[StrictInt, Field(ge=1, le=MOST_ROWS)] = DEFAULT_ROWS
    limit_by: LimitBy | None = None


class Queries(Body):
    as_of: Moment | None = None
    queries: Annotated[list[Query], Field(min_length=1, max_length=MOST_QUERIES)]


class Behind(Body):
    """The rows behind a figure: what its query said of them, and `at`, the figure's own place (a row's dimensions and bucket)."""

    as_of: Moment | None = None
    from_: Name = Field(alias="from")
    time: Name | None = None
    window: Window | Name | None = None
    filters: Filters = ()
    at: Annotated[dict[Name, JsonValue], Field(max_length=7, default_factory=dict)]


class Export(Behind):
    format: Name
    fields: Annotated[tuple[Name, ...], Field(max_length=100)] = ()
