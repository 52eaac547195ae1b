"""What does `redress log reseed` do? It rebuilds a lost topic from its service's store, and says how far it is."""

from __future__ import annotations

from services.operating import opened
from services.showing import Showing
from shared.log.port import topic_of
from shared.postgres.connect import connect
from shared.reseed import Reseed, Reseeded
from shared.settings import Settings


async def reseeded(settings: Settings, name: str, *, as_json: bool) -> None:
    async with opened(settings, working=False) as product:
        with Showing(topic_of(name), as_json=as_json) as showing:
            found = await Reseed(
                name,
                product.services[name].pool,
                lambda: connect(product.dsn.for_role(name), name),
                product.log,
                settings.partitions,
                progress=showing,
            ).run()
            showing.tell(_said(found))
            showing.result({"service": name, "topic": topic_of(name), "held": found.held, "published": found.published})


def _said(found: Reseeded) -> str:
    topic = topic_of(found.service)
    if not found.published:
        return f"{topic} holds {found.held} events of {found.service}, and nothing that was published is missing. It is left as it is."
    before = f"behind the {found.held} it held" if found.held else "which was empty"
    return f"{topic}: {found.published} events published from the store, {before}. Consumers go on by themselves."
