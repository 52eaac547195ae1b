"""What is sent to each method? Arrays in time order, indices from 1; what one field alone can tell wrong is told here, the rest by the method."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainValidator, StrictBool, StrictInt, WithJsonSchema

from shared.decider import Invalid
from shared.web import Body, Code, Part

LONGEST = 500  # points of a series, as everywhere in a request
LARGEST = 1e12


_MONTH = re.compile(r"^(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])$", re.ASCII)


def _whole(value: object) -> object:
    """`3.0` is the whole number 3 to most senders."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _listed(value: object) -> object:
    """One number stands for all points."""
    return (value,) if isinstance(value, int | float) else value


def _beginning(value: object) -> int | str:
    given = _whole(value)
    if isinstance(given, str) and _MONTH.match(given):
        return given
    if isinstance(given, int) and not isinstance(given, bool) and 1 <= given <= LONGEST:
        return given
    raise ValueError("write the month like 2014-05, or the place in the period as a number, from 1")


Count = Annotated[StrictInt, BeforeValidator(_whole), Field(ge=0, le=10**9)]
Index = Annotated[StrictInt, BeforeValidator(_whole), Field(ge=1, le=10**6)]
Number = Annotated[float, Field(strict=True, ge=-LARGEST, le=LARGEST)]
Amount = Annotated[float, Field(strict=True, ge=0, le=LARGEST)]
Exposure = Annotated[float, Field(strict=True, ge=1e-9, le=LARGEST)]
Probability = Annotated[float, Field(strict=True, ge=0, le=1)]
Level = Annotated[float, Field(strict=True, gt=0, lt=1)]
Alpha = Annotated[float, Field(strict=True, gt=0, le=0.5)]

Counts = Annotated[tuple[Count, ...], Field(min_length=1, max_length=LONGEST)]
Numbers = Annotated[tuple[Number, ...], Field(min_length=1, max_length=LONGEST)]
Amounts = Annotated[tuple[Amount, ...], Field(min_length=1, max_length=LONGEST)]
Exposures = Annotated[tuple[Exposure, ...], Field(min_length=1, max_length=LONGEST)]
PerPoint = Annotated[
    Exposures,
    BeforeValidator(_listed),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "array", "items": {"type": "number", "exclusiveMinimum": 0}}]}
    ),
]
Start = Annotated[
    int | str,
    PlainValidator(_beginning),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": _MONTH.pattern}, {"type": "integer", "minimum": 1}]}),
]
Probabilities = Annotated[tuple[Probability, ...], Field(min_length=1, max_length=LONGEST)]


class Asked(Body):
    def fields(self) -> dict[str, Any]:
        """What the method takes, under its own names; what was not sent is left to the method's defaults."""
        return self.model_dump(exclude={"on_behalf_of"}, exclude_none=True)


class CChart(Asked):
    counts: Counts
    exclude: Annotated[tuple[Index, ...], Field(max_length=LONGEST)] = ()


class UChart(Asked):
    counts: Counts
    exposure: PerPoint
    baseline: Index | None = None


class Laney(Asked):
    counts: Counts
    exposure: PerPoint


class Ewma(Asked):
    values: Numbers
    weight: Annotated[float, Field(strict=True, gt=0, le=1, alias="lambda")]
    target: Number
    sigma: Amount
    width: Amount = 3


class Cusum(Asked):
    values: Numbers
    target: Number
    k: Amount
    h: Amount


class Dated(Asked):
    """`start`: the month of the first value, or its place in the period, from 1."""

    @property
    def seasons(self) -> int:
        return 12

    def fields(self) -> dict[str, Any]:
        fields = super().fields()
        if isinstance(start := fields.get("start"), str):
            if 12 % self.seasons:
                raise Invalid("/start", f"A month has no place in a period of {self.seasons}. Send the place of the first value, from 1.")
            fields["start"] = (int(start[-2:]) - 1) * self.seasons // 12 + 1
        elif start is not None and start > self.seasons:
            raise Invalid("/start", f"The period has {self.seasons} places. Send the place of the first value, from 1.")
        return fields


class SeasonalIndex(Dated):
    values: Numbers
    period: Annotated[StrictInt, Field(ge=2, le=LONGEST)]
    start: Start | None = None
    form: Literal["multiplicative", "additive"] = "multiplicative"
    method: Literal["ratio_to_moving_average", "decompose"] = "ratio_to_moving_average"

    @property
    def seasons(self) -> int:
        return self.period


class SeasonalityTest(Dated):
    counts: Counts
    start: Start


class PoissonInterval(Asked):
    events: Count
    exposure: Exposure = 1
    confidence: Level = 0.95


class Exposed(Part):
    events: Count
    exposure: Exposure


class RateRatio(Asked):
    a: Exposed
    b: Exposed
    alternative: Literal["two-sided", "greater", "less"] = "two-sided"


class Proportion(Asked):
    successes: Count
    trials: Annotated[Count, Field(ge=1)]


class AdjustP(Asked):
    p: Probabilities
    method: Literal["bh", "by", "holm", "bonferroni"] = "bh"
    level: Level = 0.05


class Percentiles(Asked):
    values: Numbers
    at: Probabilities
    type: Annotated[StrictInt, Field(ge=1, le=9)] = 7


class Survival(Asked):
    durations: Amounts
    closed: Annotated[tuple[StrictBool, ...], Field(min_length=1, max_length=LONGEST)]
    at: Annotated[tuple[Probability, ...], Field(max_length=LONGEST)] = ()


class Pareto(Asked):
    labels: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(min_length=1, max_length=LONGEST)]
    counts: Amounts


class Disproportion(Asked):
    a: Count
    b: Count
    c: Count
    d: Count


class GammaPoisson(Asked):
    history_total: Count
    history_exposure: Exposure
    current: Count
    current_exposure: Exposure
    level: Level = 0.99


class Farrington(Asked):
    """`range`: the first and the last point to judge; `limit`: so many cases in so many points, else nothing is judged."""

    counts: Counts
    range: tuple[Index, Index]
    frequency: Literal[12, 52]
    years_back: Annotated[StrictInt, Field(ge=1, le=40)]
    window: Annotated[StrictInt, Field(ge=0, le=25)]
    alpha: Alpha
    trend: StrictBool = True
    reweight: StrictBool = True
    power: Literal["two_thirds", "half", "none"] = "two_thirds"
    limit: tuple[Count, Index] = (5, 4)


class FarringtonFlexible(Farrington):
    periods: Annotated[StrictInt, Field(ge=1, le=26)] = 1
    recent_excluded: Annotated[StrictInt, Field(ge=0, le=LONGEST)] | None = None
    threshold: Literal["nb_plugin", "muan", "delta"] = "nb_plugin"
    weights_threshold: Annotated[float, Field(strict=True, ge=0, le=100)] = 2.58


class Series(Part):
    key: Code
    counts: Counts
    exposure: Exposures | None = None


class TrendSignal(Dated):
    """`start`: the month of the first point of each series; every point is a complete month, the last is judged."""

    series: Annotated[tuple[Series, ...], Field(min_length=1, max_length=LONGEST)]
    start: Start
    alpha: Alpha = 0.05
    adjust: Literal["bh", "by", "none"] = "bh"
    min_count: Count = 3
    min_ratio: Amount = 1.5
    baseline_months: Annotated[StrictInt, Field(ge=3, le=LONGEST)] = 48
