"""How long does the WA file (128,351 complaints) take, alone and until every service has caught up?"""

from __future__ import annotations

import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.products import running_product
from services.intake.importing.mapping_file import load_mapping
from services.intake.importing.run import run_import

ROOT = Path(__file__).resolve().parent.parent
WA = ROOT.parent / "shared" / "data" / "wa-ago-complaints-by-practice-2013-2020.csv.gz"
DEMO = ROOT / "services" / "intake" / "demo"


async def run() -> list[Figure]:
    """The WA file where it lies beside the checkout; otherwise the demo's, under its own name."""
    there = WA.exists()
    file = WA if there else DEMO / "tsa-claims-2010-2015.csv.gz"
    mapping = load_mapping(ROOT / "docs" / "examples" / "wa-ago.toml" if there else DEMO / "tsa.toml")
    name = "import.wa" if there else "import.tsa"
    async with running_product() as product:
        begin = time.perf_counter()
        report = await run_import(product.services["intake"], file, mapping)
        following = time.perf_counter() - begin
        await product.settled(within=600)
        caught_up = time.perf_counter() - begin
    async with running_product(parts=frozenset()) as product:
        begin = time.perf_counter()
        await run_import(product.services["intake"], file, mapping)
        alone = time.perf_counter() - begin
    return [
        Figure(f"{name}.caught_up", caught_up, "s", 60 if there else None, "less", f"{report.complaints} complaints, in one process"),
        Figure(f"{name}.followed", report.complaints / following, "complaints/s", note="while all services follow; it waits for the relay"),
        Figure(f"{name}.alone", report.complaints / alone, "complaints/s", 8_000 if there else None, note="nobody follows yet"),
    ]
