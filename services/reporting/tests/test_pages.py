"""What the pages are made of: the chart's marks, the reference's rows, words in both languages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.reporting.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Point, nice_step, trend
from services.reporting.metrics import TOTALS
from services.reporting.query.definitions import DEFINITIONS
from services.reporting.query.grains import GRAINS
from services.reporting.reference import laid_out
from services.reporting.words import words

COUNTS = st.lists(st.one_of(st.none(), st.integers(0, 10**9)), min_size=1, max_size=80)


@given(COUNTS)
def test_every_month_has_its_bar_inside_the_drawing(counts: list[int | None]):
    chart = trend([Point(f"m{n}", count, True) for n, count in enumerate(counts)])
    assert len(chart.bars) == len(counts)
    for bar in chart.bars:
        assert LEFT <= bar.x <= bar.x + bar.width <= WIDTH - RIGHT + 1
        assert TOP - 1 <= bar.y <= bar.y + bar.height <= HEIGHT - BOTTOM + 1
    assert 2 <= len(chart.levels) <= 6
    assert len(chart.months) <= 8


@given(st.integers(0, 10**12))
def test_levels_are_round_and_about_four(highest: int):
    step = nice_step(highest)
    assert str(step).rstrip("0") in ("1", "2", "5")
    assert highest <= step * 4


def test_a_higher_count_has_a_higher_bar_from_the_same_ground():
    low, high = trend([Point("a", 5, True), Point("b", 10, False)]).bars
    assert high.height > low.height
    assert round(low.y + low.height) == round(high.y + high.height) == HEIGHT - BOTTOM


def test_the_reference_shows_what_a_call_takes_and_answers():
    document = {
        "paths": {
            "/api/v1/things/{id}": {
                "post": {
                    "description": "Does it.",
                    "security": [{"bearer": []}],
                    "parameters": [
                        {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}},
                        {"$ref": "#/components/parameters/min_position"},
                    ],
                    "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Body"}}}},
                    "responses": {"201": {"content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/Part"}}}}}},
                }
            },
            "/readyz": {"get": {"responses": {}}},
        },
        "components": {
            "parameters": {"min_position": {"name": "min_position", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}}},
            "schemas": {
                "Body": {"properties": {"part": {"anyOf": [{"type": "null"}, {"$ref": "#/components/schemas/Part"}]}}, "required": ["part"]},
                "Part": {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}, "on": {"type": "string", "format": "date"}}},
            },
        },
    }  # fmt: skip
    reference = laid_out(document)
    assert list(reference.groups) == ["operations", "things"]
    (call,) = reference.groups["things"]
    assert (call.method, call.status, call.needs_token) == ("POST", "201", True)
    assert [(row.name, row.type, row.required) for row in call.parameters] == [("id", "uuid", True)]
    assert [row.name for row in reference.always] == ["min_position"]
    assert [(row.name, row.depth, row.type) for row in call.body] == [
        ("part", 0, "object or null"),
        ("kind", 1, "one of: a, b"),
        ("on", 1, "date"),
    ]
    assert [row.name for row in call.answer] == ["kind", "on"]


def test_whatever_is_shown_has_words_in_both_languages():
    for language in ("en", "zh-CN"):
        assert all(words(language).values())
        assert all(all(metric.definition.told(language).values()) for metric in TOTALS)
        assert all(all(definition.told(language).values()) for definition in DEFINITIONS.values())
    for grain in GRAINS.values():
        for field in grain.fields.values():
            assert field.label, field.name
            assert field.label_zh, field.name
            assert bool(field.meaning) == bool(field.meaning_zh), field.name
