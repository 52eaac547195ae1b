"""The whole product, running in this process on a fresh folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.product import Product
from shared import memory
from shared.clock import MachineClock
from shared.service import PARTS, Part
from shared.settings import Settings


@asynccontextmanager
async def running_product(parts: frozenset[Part] = PARTS) -> AsyncIterator[Product]:
    with tempfile.TemporaryDirectory(prefix="redress-bench-") as folder:
        settings = Settings(_env_file=None, data=Path(folder) / "data", port=0, database_url=os.environ.get("REDRESS_DATABASE_URL"))
        product = await Product.open(settings, MachineClock())
        try:
            await product.start(parts)
            memory.settle()
            yield product
        finally:
            await product.stop()
