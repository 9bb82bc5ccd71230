"""What tables have of some sessions: counts, and rows in their order, however many a session has."""

from collections.abc import Collection, Iterator, Mapping, Sequence

import polars as pl

from query_api.capture.events import SHOWN, SessionEvents
from schemas.capture import CHUNKS, EVENTS, SESSIONS
from schemas.shared.columns import Table
from sinks.files import TableFiles
from sinks.location import Location


class Stored:
    """The capture tables of an organisation, each at the version it had when it was first asked for."""

    def __init__(self, location: Location, tenant: str) -> None:
        self._location = location
        self._tenant = tenant
        self._files: dict[str, TableFiles] = {}

    def event_counts(self, session_ids: Collection[str]) -> Mapping[str, int]:
        """Session → its events; sessions without any are left out."""
        return dict(self._rows(EVENTS.primary, session_ids).group_by("session_id").len().collect().iter_rows())

    def events(self, session_ids: Sequence[str], counts: Mapping[str, int]) -> Iterator[SessionEvents]:
        """The events of each session; of several that have few together they are read at once."""
        if len(session_ids) == 1:
            yield SessionEvents.among(self._rows(EVENTS.primary, session_ids), session_ids[0])
            return
        found = [session_id for session_id in session_ids if session_id in counts]
        few = _by_session(self._rows(EVENTS.primary, found).select("session_id", *SHOWN).collect())
        nothing = pl.DataFrame(schema=EVENTS.primary.schema)
        yield from (SessionEvents.among(few.get(each, nothing).lazy(), each) for each in session_ids)

    def chunks_of(self, session_ids: Collection[str]) -> Mapping[str, pl.DataFrame]:
        """Session → its chunks by index, of each index the newest."""
        rows = self._rows(CHUNKS.primary, session_ids).sort("received_at", "log_offset", "log_item")
        newest = rows.unique(["session_id", "chunk_index"], keep="last", maintain_order=True)
        return _by_session(newest.sort("session_id", "chunk_index").collect())

    def metadata_of(self, session_ids: Collection[str]) -> Mapping[str, str | None]:
        """Session → the JSON object that its client began it with."""
        begun = self._rows(SESSIONS.primary, session_ids).filter(pl.col("metadata").is_not_null())
        return dict(begun.select("session_id", "metadata").collect().iter_rows())

    def _rows(self, table: Table, session_ids: Collection[str]) -> pl.LazyFrame:
        """Rows of these sessions, out of the files that may have one."""
        if not session_ids:
            return pl.LazyFrame(schema=table.schema)
        if table.name not in self._files:
            self._files[table.name] = TableFiles.reading(self._location, table)
        files = self._files[table.name]
        least, most = pl.col("min.session_id"), pl.col("max.session_id")
        may_hold = (least <= max(session_ids)) & (most >= min(session_ids))
        paths = files.listing().filter(may_hold.fill_null(value=True))["path"].to_list()
        wanted = pl.col("session_id").is_in(list(session_ids))
        return files.scan(paths).filter(pl.col("tenant") == self._tenant, wanted)


def _by_session(rows: pl.DataFrame) -> Mapping[str, pl.DataFrame]:
    parts = rows.partition_by("session_id", as_dict=True, maintain_order=True)
    return {str(session_id): part for (session_id,), part in parts.items()}
