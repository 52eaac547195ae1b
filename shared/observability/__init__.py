"""What does the product tell those who run it? Lines of JSON with names and ids; never what people wrote."""

from shared.observability.logs import configure_logging

__all__ = ["configure_logging"]
