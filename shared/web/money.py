"""How is an amount written in a request? As text with its currency, so that no digit of it is lost."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from shared.contracts.vocabulary import Money
from shared.web.bodies import Part


class MoneyBody(Part):
    """`{"amount": "12.50", "currency": "CNY"}`"""

    amount: Annotated[str, Field(pattern=r"^[0-9]{1,14}(\.[0-9]{1,4})?$")]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]

    def money(self) -> Money:
        return Money(amount=Decimal(self.amount), currency=self.currency)
