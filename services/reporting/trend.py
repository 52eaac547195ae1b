"""How does a series go over the months: what came, what was expected, how does the year go, is it growing, and what is to come?"""

from __future__ import annotations

from typing import Any

from services.reporting.closing import complete_months
from services.reporting.judging import LEAST_PAST
from services.reporting.metrics.definition import Definition
from services.reporting.outlooks import Outlooks, last_stretch, season_told
from services.reporting.periods import containing
from services.reporting.select import Connection
from services.reporting.series import Monthly, one_series, parts
from services.reporting.terms import Terms
from services.reporting.views import signals
from shared.contracts.reporting_signals import SignalSeries

MOST_MONTHS = 240
DEFINITIONS = (
    Definition(
        "expected", 1, "Expected", "预期件数",
        "What the series' complete months before let one expect of a month: log-linear with a year's harmonic over at most 48 months, past outbreaks made light of; Gamma-Poisson where the past is short or sparse. Gaps and months with a known cause are left out.",
        "依据该序列此前完整月份对当月的预期：至多 48 个月的对数线性模型（含年度谐波，弱化以往异常）；历史短或稀疏时用 Gamma-Poisson。缺口与已知原因的月份不计入。",
    ),
    Definition(
        "bound", 1, "Bound", "上限",
        "The 95 % quantile of what was to be expected of that one series; a signal is judged over all series of the month together.",
        "单一序列预期分布的 95 % 分位数；信号由当月全部序列共同判定。",
    ),
    Definition(
        "growth", 1, "Growth per year", "年增长",
        "Of the log-linear model with overdispersion over the complete months in a row, with 95 % limits; shown where p < 0.05.",
        "连续完整月份的过度离散对数线性模型的年变化率，附 95 % 界限；p < 0.05 时才显示。", "share",
    ),
    Definition(
        "projection", 1, "Next twelve months", "未来十二个月",
        "By the model with the least mean absolute error looking one to twelve months ahead from earlier months; intervals from those errors, and the share of later ones that lay within.",
        "采用滚动起点向前 1 至 12 个月平均绝对误差最小的模型；区间取自这些误差，并给出其后误差落在区间内的实测比例。",
    ),
    Definition(
        "seasonal", 1, "Seasonal index", "季节指数",
        "Ratio to the moving average, per cent, January first; only where a year's harmonic is proven (p < 0.05) over at least 36 complete months in a row.",
        "移动平均比率法，百分数，自一月起；仅在至少 36 个连续完整月份且年度谐波显著（p < 0.05）时显示。", "per_cent",
    ),
)  # fmt: skip


async def trend(connection: Connection, series: SignalSeries, terms: Terms, outlooks: Outlooks) -> dict[str, Any]:
    """All months of a series from the first one covered; the running month last, never judged."""
    complete = complete_months(terms)
    months = [containing("month", terms.calendar.today())]
    while complete and months[0] > complete[0] and len(months) < MOST_MONTHS:
        months.insert(0, months[0].plus(-1))
    table = await one_series(connection, months, terms, series)
    begin, end = last_stretch(table, terms)
    counts = _counts(table, series)
    found = await outlooks.outlook(counts[begin:end], months[begin].first.month, projected=True)
    projection = found["projection"]
    ahead = [months[end - 1].plus(n + 1).label for n in range(len(projection["months"]))]
    return {
        "series": series.model_dump(),
        "months": await _points(connection, series, table, terms, outlooks),
        "seasonal": season_told(found["seasonal"]),
        "growth": found["growth"],
        "projection": projection | {"months": [{"month": m, **told} for m, told in zip(ahead, projection["months"], strict=True)]},
    }


async def _points(connection: Connection, series: SignalSeries, table: Monthly, terms: Terms, outlooks: Outlooks) -> list[dict[str, Any]]:
    """Expected and bound are what the months before let one expect, as a month is judged; a signal is what was raised."""
    as_of = terms.as_of.recorded_at
    known = set((await signals.annotated(connection, as_of)).get((series.dimension, series.key), ()))
    raised = await signals.months_of(connection, series.dimension, series.key, as_of)
    counts, complete = _counts(table, series), [terms.calendar.of(month).complete for month in table.months]
    until = max((n + 1 for n, done in enumerate(complete) if done), default=0)
    left_out = [n + 1 for n, month in enumerate(table.months[:until]) if n in table.gaps or not complete[n] or month.label in known]
    judged = await outlooks.judged(counts[:until], table.months[0].first.month, LEAST_PAST + 1, left_out)
    by_place = {int(one["key"]) - 1: one for one in judged}
    whole = table.counts.get(("total", "", ""), counts)
    points = []
    for n, month in enumerate(table.months):
        one = by_place.get(n) if complete[n] else None
        points.append(
            {
                "month": month.label,
                "count": None if n in table.gaps and not whole[n] else counts[n],
                "expected": None if one is None else round(one["expected"], 2),
                "bound": None if one is None else one["bound"],
                "signal": month.label in raised if one is not None else None,
                "complete": complete[n],
                "known_cause": month.label in known,
            }
        )
    return points


def _counts(table: Monthly, series: SignalSeries) -> list[int]:
    return list(table.counts.get((series.dimension, *parts(series)), [0] * len(table.months)))
