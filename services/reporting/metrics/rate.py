"""How many complaints came per unit sold, shipped, in service, or per customer? Only where exposure is known for all of the period."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.reporting.chance import poisson_interval
from services.reporting.metrics.definition import Definition, Span
from services.reporting.metrics.indicator import Figure
from services.reporting.select import Connection
from services.reporting.terms import Terms

MILLION = 1_000_000

_UNITS = """
select kind, count(distinct month)::int as months, sum(units)::float as units from (
    select distinct on (month, kind, product_code, customer_ref) month, kind, product_code, customer_ref, units
    from exposures where recorded_at <= $1 and month >= $2 and month < $3
    order by month, kind, product_code, customer_ref, recorded_at desc, partition, position desc
) as newest
where customer_ref is null and (product_code is null) = $4 group by kind order by kind
"""
_PRODUCTS = "select distinct product_code from exposures where recorded_at <= $1 and product_code is not null"


@dataclass(frozen=True, slots=True)
class Exposed:
    """Units of each kind known of all months: of the whole organisation, or of these products."""

    units: Mapping[str, float]
    products: Sequence[str] | None


async def exposed(connection: Connection, span: Span, terms: Terms) -> Exposed | None:
    """Of the whole organisation where its exposure is given, else of the products whose exposure is."""
    first, beyond = (moment.astimezone(terms.calendar.zone) for moment in span)
    months = (beyond.year - first.year) * 12 + beyond.month - first.month
    moment = terms.as_of.recorded_at
    for whole in (True, False):
        rows = await connection.fetch(_UNITS, moment, first.strftime("%Y-%m"), beyond.strftime("%Y-%m"), whole)
        known = {row["kind"]: row["units"] for row in rows if row["months"] == months and row["units"] > 0}
        if known:
            return Exposed(known, None if whole else [row["product_code"] for row in await connection.fetch(_PRODUCTS, moment)])
    return None


def rate(exposed: Exposed | None, received: int, by_product: Mapping[str | None, int]) -> Figure | None:
    """Nothing without exposure."""
    if exposed is None:
        return None
    whole = exposed.products is None
    count = received if exposed.products is None else sum(by_product.get(product, 0) for product in exposed.products)
    first, *others = ({"exposure": kind, "units": units, **_per_unit(count, units)} for kind, units in exposed.units.items())
    return {**first, "n": count, "of": "all" if whole else "products_with_exposure", "others": others}


def _per_unit(received: int, units: float) -> Figure:
    low, high = poisson_interval(received)
    return {"value": received / units, "low": low / units, "high": high / units, "ppm": received / units * MILLION}


DEFINITION = Definition(
    "complaint_rate", 1, "Complaint rate", "投诉率",
    "Complaints received in the period per unit exposed, the kind of exposure named; exact Poisson interval at 95 %. Shown only where exposure is known for every month of the period; where it is given by product, complaints about those products.",
    "本期每单位暴露量的投诉件数（注明暴露量种类），附 95 % 精确泊松区间；仅当各月暴露量均已知时显示；按产品给出时只计这些产品的投诉。",
    "complaints_per_unit", "received_in_period", "units_exposed",
)  # fmt: skip
