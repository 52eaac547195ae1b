"""The servers that `post` and `handling` load, each in a process of its own: nothing but the body, intake alone, the whole product."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from datetime import date
from pathlib import Path
from typing import Any

import uvicorn
import uvloop
from fastapi import FastAPI

from services.intake.bodies import ComplaintBody
from services.intake.issuing import issue_token
from services.product import Product
from services.serving import listen
from shared import memory
from shared.clock import MachineClock
from shared.observability.logs import configure_logging
from shared.service import PARTS
from shared.settings import Settings
from shared.web import reply


async def main(kind: str, data: Path) -> None:
    settings = Settings(_env_file=None, data=data, port=0)
    listening = listen(settings)
    if kind == "no-op":
        await _serve(_no_op(), listening, "")
        return
    product = await Product.open(settings, MachineClock())
    try:
        await product.start(PARTS if kind == "product" else frozenset(("relay", "consumers")) & PARTS)
        intake = product.services["intake"]
        if kind == "intake":
            for name, service in product.services.items():
                if name != "intake":
                    await service.stop()
        issued = await issue_token(
            intake, name="bench", roles=["channel", "desk", "quality", "admin"], departments=["desk"], expires_on=date(2099, 12, 31)
        )
        while not intake.access.ready:
            await asyncio.sleep(0.05)
        await _serve(product.app if kind == "product" else intake.app, listening, issued["token"])
    finally:
        await product.stop()


def _no_op() -> FastAPI:
    """The same body, parsed and checked by the same model; the same kind of answer."""
    app = FastAPI(openapi_url=None)

    async def nothing(body: ComplaintBody) -> Any:
        return reply({"id": "0", "version": 1, "position": "none/0/0"}, 201)

    app.post("/api/v1/complaints")(nothing)
    return app


async def _serve(app: Any, listening: Any, token: str) -> None:
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False, http="httptools"))
    memory.settle()
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    print(json.dumps([listening.getsockname()[1], token]), flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    configure_logging(level=logging.ERROR)
    uvloop.run(main(sys.argv[1], Path(sys.argv[2])))
