"""Tables → HTTP: one file per API family. `Query` is the role: its routes, its readiness, its background work."""

from query_api.options import QueryOptions
from query_api.role import Query

__all__ = ["Query", "QueryOptions"]
