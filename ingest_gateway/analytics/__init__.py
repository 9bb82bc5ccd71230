"""The Segment protocol: what dozens of SDKs send unchanged, as rows of the stream `analytics` (docs/segment.md).

`reading` divides a body into items and says of each what becomes of it; `mapping` makes a row of one, `context` finds
what counts of its context. Traits, addresses, ids of devices and whatever else is not named there reach no log.
"""

from ingest_gateway.analytics.family import FAMILY
from ingest_gateway.analytics.routes import BESIDE

__all__ = ["BESIDE", "FAMILY"]
