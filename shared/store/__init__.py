"""The event store: `append.sql` holds the guarantee, `append.py` calls it, `appender.py` groups, `store.py` reads."""
