"""Do headers come out of their column as they went in, whatever bytes they have?"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.log.postgres_rows import pack, unpack

names = st.text(st.characters(codec="utf-8"), max_size=20)
values = st.binary(max_size=30)


@given(st.dictionaries(names, values, max_size=6))
def test_headers_come_out_as_they_went_in(headers: dict[str, bytes]) -> None:
    assert unpack(pack(headers)) == headers
    assert list(unpack(pack(headers))) == list(headers)
