"""Media events of players that others wrote: CMCD version 2 in its event mode (CTA-5004-B), `POST /v1/cmcd/{key}`.

`records` reads what players write, `keys` says what of it is kept beside columns, `mapping` makes media events of it,
and `cmcd` the items of a request.
"""

from ingest_gateway.media.family import FAMILY
from ingest_gateway.media.routes import BESIDE

__all__ = ["BESIDE", "FAMILY"]
