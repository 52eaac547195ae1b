"""How does a test read? `given(...).when(...).then(...)` for decisions; events delivered as a log would for reactions and views."""

from shared.testing.apart import assert_apart
from shared.testing.delivery import deliver
from shared.testing.ledger import Ledger, batches, interleaved
from shared.testing.scenario import ANNA, NOON, Given, Happened, When, happened, scenario

__all__ = [
    "ANNA",
    "NOON",
    "Given",
    "Happened",
    "Ledger",
    "When",
    "assert_apart",
    "batches",
    "deliver",
    "happened",
    "interleaved",
    "scenario",
]
