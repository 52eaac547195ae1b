"""What happens to every request before any door: its trace, its size and form, the position it waits for. Pure ASGI."""

from shared.web.edge.observed import Observed
from shared.web.edge.readable import Readable
from shared.web.edge.waiting import Waiting

__all__ = ["Observed", "Readable", "Waiting"]
