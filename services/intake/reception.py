"""What does intake keep at hand for its doors? The keys that find and let in, and what counts and compares."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from services.intake.complaint import ReceiveComplaint
from services.intake.duplicates import Described, Duplicates, Key
from services.intake.guesses import Guesses
from services.intake.views.lookup import hashes
from shared.service import Service


@dataclass(frozen=True, slots=True)
class Reception:
    tracking_key: bytes
    lookup_key: bytes
    region: str
    guesses: Guesses
    duplicates: Duplicates

    @classmethod
    def of(cls, service: Service) -> Reception:
        """The running service's own."""
        return cast(Reception, service.wiring.live)

    @classmethod
    def make(cls, service: Service) -> Reception:
        keys = service.keys
        return cls(
            tracking_key=keys.derive("tracking"),
            lookup_key=keys.derive("lookup"),
            region=service.settings.region,
            guesses=Guesses(service.pool, keys.derive("guesses")),
            duplicates=Duplicates(service.pool),
        )

    def described(self, command: ReceiveComplaint, service: Service) -> Described:
        """What a new complaint is compared by."""
        keys: dict[Key, str] = {}
        if command.complainant is not None:
            keys.update((digest, kind) for kind, digest in hashes(command.complainant, self.lookup_key, self.region))
        if command.customer is not None and command.customer.ref is not None:
            keys[command.customer.ref] = "customer"
        return Described(
            at=command.received_at or service.clock.now(),
            near=timedelta(days=service.policy().duplicate_days),
            keys=keys,
            product_code=command.product.code if command.product is not None else None,
            issue_codes=frozenset(command.issue_codes),
        )
