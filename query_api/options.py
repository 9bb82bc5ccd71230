"""Settings of the query role."""

from pydantic import BaseModel, Field


class QueryOptions(BaseModel, frozen=True, extra="forbid"):
    """How fresh answers are and what they may cost."""

    query_poll_ms: int = Field(
        default=200, ge=10, description="Milliseconds between two looks at the tables' versions."
    )
    query_threads: int = Field(default=2, ge=1, description="Threads that compute answers.")
