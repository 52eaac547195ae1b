"""The log, which keeps every service's events for ever: `port.py` says what it is, `memory.py` and `postgres.py` are it."""
