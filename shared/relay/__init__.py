"""The way from a service's store to the log: `relay.py` keeps it going, `leader.py` goes it."""

from shared.relay.calling import Calling
from shared.relay.relay import Relay

__all__ = ["Calling", "Relay"]
