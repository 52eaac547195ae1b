"""How is the directory of customers kept? `/api/v1/customers` (IN-3)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.intake.bodies import Short
from services.intake.customer import CUSTOMER, ChangeCustomer, Entry, MergeCustomer, RegisterCustomer, customer_id
from services.intake.shown import CustomerList, CustomerReceipt, ShownCustomer
from services.intake.views import customers
from shared.access import Principal
from shared.contracts.vocabulary import CustomerStatus, Money
from shared.decider import Invalid, NotFound
from shared.web import Body, Code, Do, FreeText, Paging, Serving, allow, as_of, listed, reply
from shared.web.money import MoneyBody

router = APIRouter(prefix="/api/v1/customers", tags=["customers"])

Keeper = Annotated[Principal, allow("desk", "quality")]
Reader = Annotated[Principal, allow("desk", "quality", "approver", "analyst", "auditor")]


class CustomerBody(Body):
    """An entry of the directory."""

    ref: Code
    name: Short
    group: Code | None = None
    annual_sales: MoneyBody | None = None
    rank: Code | int | None = None
    status: CustomerStatus = "active"

    def entry(self) -> Entry:
        return Entry(self.ref, self.name, self.group, _money(self.annual_sales), _rank(self.rank), self.status)


class CustomerChangeBody(Body):
    """What is to be otherwise; what is absent stays."""

    name: Short = ""
    group: Code | None = None
    annual_sales: MoneyBody | None = None
    rank: Code | int | None = None
    status: CustomerStatus = "active"

    def fields(self) -> dict[str, Any]:
        given = self.model_fields_set - {"on_behalf_of"}
        made = {"annual_sales": _money(self.annual_sales), "rank": _rank(self.rank)}
        return {name: made.get(name, getattr(self, name)) for name in given}


class MergerBody(Body):
    """The entry that survives."""

    into: Code
    reason: FreeText


@router.get("", response_model=CustomerList)
async def list_customers(
    who: Reader,
    service: Serving,
    page: Paging,
    status: CustomerStatus | None = None,
    search: Annotated[str | None, Query(max_length=100, description="A part of the name or the reference.")] = None,
) -> Any:
    known = await as_of(service, service.pool)
    rows = await customers.page(service.pool, status, search, None if page.after is None else page.after[0], page.limit + 1)
    rows, following = page.cut(rows, lambda row: (row["ref"],))
    return listed([customers.shown(row) for row in rows], following, known)


@router.get("/{ref}", response_model=ShownCustomer)
async def show_customer(ref: str, who: Reader, service: Serving) -> Any:
    row = await customers.one(service.pool, ref)
    if row is None:
        raise NotFound
    return reply(customers.shown(row))


@router.post("", status_code=201, response_model=CustomerReceipt)
async def register(body: CustomerBody, who: Keeper, do: Do) -> Any:
    return await do(CUSTOMER, customer_id(body.ref), RegisterCustomer(body.entry()), status=201, answer=lambda decided: {"ref": body.ref})


@router.patch("/{ref}", response_model=CustomerReceipt)
async def change(ref: str, body: CustomerChangeBody, who: Keeper, do: Do) -> Any:
    return await do(CUSTOMER, customer_id(ref), ChangeCustomer(body.fields()), answer=lambda decided: {"ref": ref})


@router.post("/{ref}/merge", response_model=CustomerReceipt)
async def merge(ref: str, body: MergerBody, who: Keeper, service: Serving, do: Do) -> Any:
    """Figures follow the survivor; history keeps the old reference."""
    into = CUSTOMER.fold(customer_id(body.into), [event.data for event in await service.store.stream(customer_id(body.into))])
    command = MergeCustomer(body.into, into.entry is not None, into.merged_into, body.reason)
    return await do(CUSTOMER, customer_id(ref), command, answer=lambda decided: {"ref": ref})


def _money(given: MoneyBody | None) -> Money | None:
    return None if given is None else given.money()


def _rank(given: str | int | None) -> str | None:
    if isinstance(given, bool):
        raise Invalid("/rank", "A rank is a code or a whole number.")
    return None if given is None else str(given)
