"""How is a published table of complaints told to the product? Imported by its mapping into a product of its own, and asked over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from services.intake.importing.mapping_file import load_mapping
from services.intake.importing.report import ImportReport
from services.intake.importing.run import run_import
from services.product import Product
from shared.access import Claims, sign
from shared.clock import MachineClock
from shared.contracts.vocabulary import SERVICES, Role
from shared.ids import new_id
from shared.service import PARTS
from shared.settings import Settings
from tests.integration.reporting.house import ask, good

ROOT = Path(__file__).parents[3]
SHARED = ROOT.parent / "shared" / "data"  # where it lies beside the checkout
WITHIN = 1800.0  # seconds, for a machine that many share


@dataclass(frozen=True)
class Published:
    """A product that took the table in and has nothing left to do."""

    product: Product
    report: ImportReport
    analyst: httpx.AsyncClient

    async def ask(self, **query: Any) -> dict[str, Any]:
        return await ask(self.analyst, **query)

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        return good(await self.analyst.get(f"/api/v1{path}", params=params))

    async def by_month(self, first: str, last: str, **filters: str) -> Mapping[str, int]:
        """How many were received in each month of a window."""
        picked = [{"field": name, "op": "eq", "value": value} for name, value in filters.items()]
        found = await self.ask(bucket="month", window={"from": first, "to": last}, filters=picked)
        return {row["month"]: row["n"] for row in found["rows"]}

    async def beyond(self, months: Mapping[str, int], since: str) -> list[str]:
        """The months from one on that brought more than their own past explains, each judged alone at p < 0.001."""
        counts = list(months.values())
        series = [{"key": month, "counts": counts[: n + 1]} for n, month in enumerate(months) if month >= since]
        body = {"series": series, "start": int(min(months)[5:]), "alpha": 0.001, "adjust": "none"}
        judged = good(await self.analyst.post("/api/v1/analysis/trend-signal", json=body))["series"]
        return [one["key"] for one in judged if one["signal"]]


@asynccontextmanager
async def published(folder: Path, table: Path, mapping: Path, following: Collection[str] = SERVICES) -> AsyncIterator[Published]:
    """Imported first, while nobody follows; then those services catch up, and of the others the relay alone tells that it is there."""
    settings = Settings(_env_file=None, data=folder / "data", port=0)
    async with _opened(settings) as product:
        await product.start(frozenset())
        report = await run_import(product.services["intake"], table, load_mapping(mapping))
    async with _opened(settings) as product:
        for name, service in product.services.items():
            await service.start(PARTS if name in following else frozenset(("relay",)))
        working = replace(product, services={name: product.services[name] for name in following})
        await working.settled(within=WITHIN)
        await working.admits()
        async with client(product, "analyst") as analyst:
            yield Published(working, report, analyst)


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Product]:
    product = await Product.open(settings, MachineClock())
    try:
        yield product
    finally:
        await product.stop()


def client(product: Product, *roles: Role) -> httpx.AsyncClient:
    """Somebody with these roles, at the product's own door."""
    now = datetime.now(UTC)
    claims = Claims(new_id(), "Anna", "anna", roles, (), (), now, now + timedelta(days=1))
    assert product.keys.signing is not None
    headers = {"authorization": f"Bearer {sign(claims, product.keys.signing)}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(product.app), base_url="http://product", headers=headers, timeout=60)
