"""Which months does an import cover?"""

from __future__ import annotations

from datetime import date

import pytest

from services.intake.importing.coverage import Coverage
from services.intake.importing.mapping import Source
from services.intake.importing.tests.tables import ZONE, day


def covered(*receipts: str, **told: date) -> tuple[date | None, date | None]:
    coverage = Coverage(Source("test", **told), ZONE)
    coverage.saw(day(one) for one in receipts)
    return coverage.days()


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2013-01-02", "2020-05-10", (date(2013, 1, 1), date(2020, 4, 30))),
        ("2010-01-04", "2015-12-31", (date(2010, 1, 1), date(2015, 12, 31))),
        ("2020-01-30", "2020-02-28", (date(2020, 1, 1), date(2020, 1, 31))),
        ("2020-01-30", "2020-02-29", (date(2020, 1, 1), date(2020, 2, 29))),
        ("2020-03-05", "2020-03-30", (None, None)),
    ],
)
def test_it_is_the_full_months_from_the_first_receipt_to_the_last(first, last, expected):
    assert covered(last, first) == expected


def test_the_mapping_may_say_otherwise():
    told = {"covers_from": date(2015, 1, 1), "covers_to": date(2016, 2, 29)}
    assert covered("2014-10-31", "2016-04-25", **told) == (date(2015, 1, 1), date(2016, 2, 29))
    assert covered("2014-10-31", "2016-04-25", covers_from=date(2015, 1, 1)) == (date(2015, 1, 1), date(2016, 3, 31))


def test_a_file_without_receipts_covers_nothing_unless_told():
    assert covered() == (None, None)
    assert covered(covers_from=date(2020, 1, 1), covers_to=date(2020, 1, 31)) == (date(2020, 1, 1), date(2020, 1, 31))
