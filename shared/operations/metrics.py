"""Which figures does Prometheus get beside the request histogram? Lag, parked, appended, relayed; read when it asks."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import REGISTRY

from shared.operations.lag import lags, parked
from shared.service import Service


async def exposition(services: Sequence[Service]) -> bytes:
    """The text Prometheus reads: the process's own figures, and those of its services at this moment."""
    registry = CollectorRegistry()
    lag_events = Gauge(
        "redress_consumer_lag_events", "Events a consumer has not handled yet", ["service", "consumer", "source"], registry=registry
    )
    lag_seconds = Gauge(
        "redress_consumer_lag_seconds", "Age of the next event to handle", ["service", "consumer", "source"], registry=registry
    )
    for lag in await lags(services):
        lag_events.labels(lag.service, lag.consumer, lag.source).set(lag.lag_events)
        lag_seconds.labels(lag.service, lag.consumer, lag.source).set(lag.lag_seconds)
    waiting = Gauge("redress_parked_events", "Events that wait for a person", ["service"], registry=registry)
    for service in services:
        waiting.labels(service.name).set(0)
    for item in await parked(services):
        waiting.labels(str(item["service"])).inc()
    _counts(services, registry)
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
