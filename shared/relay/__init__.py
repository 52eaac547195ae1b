"""The way from a service's store to the log: `relay.py` keeps it going, `leader.py` goes it."""

from shared.relay.relay import Relay

__all__ = ["Relay"]
