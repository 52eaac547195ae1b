"""What may one ask? The answer of `GET /api/v1/query/schema`."""

from __future__ import annotations

from typing import Any

from services.reporting.breakdowns import HIDE_BELOW
from services.reporting.metrics import TOTALS
from services.reporting.periods import BUCKETS
from services.reporting.query.definitions import DEFINITIONS
from services.reporting.query.fields import OPERATIONS, Field, Grain
from services.reporting.query.grains import GRAINS
from services.reporting.query.grammar import DEFAULT_ROWS, MOST_BUCKETS, MOST_QUERIES, MOST_ROWS
from services.reporting.query.measuring import measures_of
from services.reporting.query.resolve import COMPARISONS
from services.reporting.query.windows import WINDOWS
from shared.web.language import Language


def schema(language: Language) -> dict[str, Any]:
    return {
        "grains": [_grain(grain, language) for grain in GRAINS.values()],
        "measures": {op: definition.told(language) for op, definition in DEFINITIONS.items()},
        "definitions": {metric.definition.id: metric.definition.told(language) for metric in TOTALS},
        "buckets": list(BUCKETS),
        "windows": list(WINDOWS),
        "comparisons": list(COMPARISONS),
        "limits": {
            "queries": MOST_QUERIES, "rows": MOST_ROWS, "rows_by_default": DEFAULT_ROWS, "buckets": MOST_BUCKETS, "hidden_below": HIDE_BELOW,
        },
    }  # fmt: skip


def _grain(grain: Grain, language: Language) -> dict[str, Any]:
    chinese = language == "zh-CN"
    return {
        "name": grain.name,
        "label": grain.label_zh if chinese else grain.label,
        "meaning": grain.counted_zh if chinese else grain.counted,
        "time": grain.time,
        "fields": [_field(f, language) for f in grain.fields.values()],
    }


def _field(field: Field, language: Language) -> dict[str, Any]:
    chinese = language == "zh-CN"
    return {
        "name": field.name,
        "type": field.kind,
        "label": field.label_zh if chinese else field.label,
        "meaning": (field.meaning_zh if chinese else field.meaning) or None,
        "unit": field.unit,
        "filters": list(OPERATIONS[field.kind]),
        "measures": measures_of(field),
        "dimension": field.is_dimension,
        "time": field.is_time,
    }
