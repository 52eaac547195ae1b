"""A resume token comes back as it went out; anything else is unusable, never an error."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.stream import Token, Unusable, parse

HEADS = dict.fromkeys(range(8), 1000)
vectors = st.dictionaries(st.integers(0, 7), st.integers(0, 1000))
places = st.none() | st.tuples(st.datetimes(timezones=st.just(UTC)), st.uuids())
json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=3),
)


def encoded(value: object) -> str:
    return urlsafe_b64encode(orjson.dumps(value)).decode().rstrip("=")


@given(vectors, places)
def test_a_token_comes_back_as_it_went_out(seen, listed):
    assert parse(Token(seen, listed).text(), HEADS, 8) == Token(seen, listed)


@given(st.text() | json.map(encoded) | st.lists(json, min_size=2, max_size=2).map(encoded))
def test_anything_else_is_a_token_or_unusable(text):
    try:
        token = parse(text, HEADS, 8)
    except Unusable:
        return
    assert all(0 <= partition < 8 and 0 <= position <= 1000 for partition, position in token.seen.items())


@pytest.mark.parametrize(
    "value",
    [
        [[[0, 1001]], None],
        [[[8, 1]], None],
        [[[0, -1]], None],
        [[[0, 1]], [datetime(2026, 1, 1).isoformat(), str(UUID(int=1))]],  # noqa: DTZ001  # without a zone: no token of ours
    ],
)
def test_what_this_store_has_not_got_is_unusable(value):
    with pytest.raises(Unusable):
        parse(encoded(value), HEADS, 8)


def test_a_token_longer_than_any_of_ours_is_unusable():
    with pytest.raises(Unusable):
        parse(encoded([[[0, 1]] * 1000, None]), HEADS, 8)
