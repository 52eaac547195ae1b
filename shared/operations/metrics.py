"""Which figures does Prometheus get beside the request histogram? Lag, parked, appended, relayed; read when it asks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import structlog
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import REGISTRY

from shared.operations.lag import lags, parked
from shared.operations.readiness import ANSWERS_WITHIN
from shared.service import Service

log = structlog.get_logger("redress.metrics")


async def exposition(services: Sequence[Service]) -> bytes:
    """The text Prometheus reads: the process's own figures always, and those in the database and on the log where these answer."""
    registry = CollectorRegistry()
    _counts(services, registry)
    labels = ["service", "consumer", "source"]
    lag_events = Gauge("redress_consumer_lag_events", "Events a consumer has not handled yet", labels, registry=registry)
    lag_seconds = Gauge("redress_consumer_lag_seconds", "Age of the next event to handle", labels, registry=registry)
    waiting = Gauge("redress_parked_events", "Events that wait for a person", ["service"], registry=registry)
    for service in services:
        try:
            async with asyncio.timeout(ANSWERS_WITHIN):
                found, put_aside = await lags([service]), await parked([service])
        except Exception as error:  # each log fails in its own ways
            log.warning("figures unread", service=service.name, error=type(error).__name__)
            continue
        for lag in found:
            lag_events.labels(lag.service, lag.consumer, lag.source).set(lag.lag_events)
            lag_seconds.labels(lag.service, lag.consumer, lag.source).set(lag.lag_seconds)
        waiting.labels(service.name).set(len(put_aside))
    return generate_latest(REGISTRY) + generate_latest(registry)


def _counts(services: Sequence[Service], registry: CollectorRegistry) -> None:
    appended = Gauge("redress_appended_events", "Events appended by commands since this process started", ["service"], registry=registry)
    groups = Gauge("redress_append_groups", "Transactions they were appended in", ["service"], registry=registry)
    relayed = Gauge("redress_relayed_events", "Events copied to the log since this process started", ["service"], registry=registry)
    applied = Gauge("redress_applied_events", "Events handled since this process started", ["service", "consumer"], registry=registry)
    for service in services:
        appended.labels(service.name).set(service.appender.events)
        groups.labels(service.name).set(service.appender.groups)
        relayed.labels(service.name).set(service.relay.relayed)
        for name, consumer in service.consumers.items():
            applied.labels(service.name, name).set(consumer.applied)
