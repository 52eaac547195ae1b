"""What does each measure mean? Its definition is data, shown with every answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from services.reporting.metrics.definition import Definition
from services.reporting.query.fields import Grain
from services.reporting.query.plan import Condition, Measured, MeasureOp
from shared.web.language import Language

_ALL = (
    Definition("count", 1, "Number", "件数", "How many there are.", "数量。"),
    Definition("count_distinct", 1, "Different values", "不同值个数", "Different known values of the field.", "该字段已知的不同取值个数。", unit="values"),
    Definition("sum", 1, "Sum", "合计", "Sum of the known values; amounts for each currency apart.", "已知值之和；金额按币种分别合计。"),
    Definition("avg", 1, "Mean", "平均值", "Mean of the known values; amounts for each currency apart.", "已知值的平均；金额按币种分别计算。"),
    Definition("min", 1, "Least", "最小值", "The least known value; amounts for each currency apart.", "已知值中的最小值；金额按币种分别计算。"),
    Definition("max", 1, "Greatest", "最大值", "The greatest known value; amounts for each currency apart.", "已知值中的最大值；金额按币种分别计算。"),
    Definition(
        "percentile", 1, "Percentile", "百分位数",
        "Linear interpolation (Hyndman & Fan's type 7) over the known values that are not negative; what is not over yet is left out.",
        "对已知且非负的值按线性插值（Hyndman-Fan 第 7 型）计算；尚未结束的不计入。",
    ),
    Definition(
        "survival", 1, "Time until that share is over", "达到该比例所需时间",
        "Kaplan–Meier: the smallest time at which no more than the rest is still open; what is not over counts as open until the moment of censoring, negative times are left out.",
        "Kaplan-Meier 估计：未结束比例不高于余数的最小时间；尚未结束的按截止时刻删失，负值不计入。",
    ),
    Definition(
        "ratio", 1, "Share", "比例",
        "Those that meet the numerator's filters among those that meet the denominator's, with Wilson's interval at 95 %; hidden where the denominator is below 10.",
        "满足分母条件者中同时满足分子条件的比例，附 95 % Wilson 区间；分母小于 10 时不显示。",
        unit="share",
    ),
)  # fmt: skip
DEFINITIONS: Mapping[str, Definition] = MappingProxyType({definition.id: definition for definition in _ALL})
_OF_FIELD: tuple[MeasureOp, ...] = ("sum", "avg", "min", "max", "percentile", "survival")


def defined(measure: Measured, grain: Grain, language: Language) -> dict[str, Any]:
    """The measure's definition as it is used here: of what, among which, with which shares."""
    definition = DEFINITIONS[measure.op]
    if measure.op == "count":
        definition = replace(definition, formula=grain.counted, formula_zh=grain.counted_zh, unit=grain.name)
    if measure.op in _OF_FIELD and measure.field is not None:
        definition = replace(definition, unit=measure.field.unit or measure.field.kind)
    told = definition.told(language) | {"cohort": grain.name}
    if measure.field is not None:
        told["field"] = measure.field.name
    if measure.op == "percentile":
        told |= {"type": 7, "at": measure.at}
    if measure.op == "survival":
        told |= {"method": "kaplan_meier", "at": measure.at, "censor_at": measure.censor_at or "as_of"}
    if measure.op == "ratio":
        told |= {"numerator": [_filter(c) for c in measure.numerator], "denominator": [_filter(c) for c in measure.denominator]}
    return told


def _filter(condition: Condition) -> dict[str, Any]:
    return {"field": condition.field.name, "op": condition.op, "value": condition.value}
