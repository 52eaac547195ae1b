"""Which log does the product use? The settings say; nothing else in the product knows."""

from __future__ import annotations

from shared.contracts.vocabulary import SERVICES
from shared.log.kafka import KafkaLog
from shared.log.port import Log
from shared.log.postgres import PostgresLog
from shared.postgres.connect import Dsn
from shared.settings import Settings


async def open_log(settings: Settings, dsn: Dsn, reader: str = SERVICES[0]) -> Log:
    """`reader` is the service whose rights it reads with, where the log asks for rights."""
    if settings.log == "postgres":
        return await PostgresLog.open(dsn, settings.partitions, reader=reader)
    if settings.kafka_bootstrap is None:
        raise ValueError("kafka_bootstrap is not set")  # the settings refuse that with a sentence
    return await KafkaLog.open(
        settings.kafka_bootstrap,
        settings.partitions,
        replication=settings.kafka_replication,
        min_insync=settings.kafka_min_insync,
    )
