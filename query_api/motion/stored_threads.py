"""Threads as they were written when their session was analysed, from motion_threads."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import polars as pl

from motion.documents import Kind, Thread
from motion.request import Language, MeasurementSystem
from motion.texts import Text
from query_api.motion.known import KnownSession, SaidThread
from query_api.motion.stored_rows import TIME, ended_of, looking
from query_api.tables import LATEST, Tables
from schemas.motion.tables import MOTION_THREADS
from sinks.motion.rebuilt import made_of
from sinks.motion.stored import REACH, around

THREAD_ID: Final = re.compile(r"thread_([0-9a-z]{12})[0-9a-z]{12}")
"""The letters of its session, and its own."""


class StoredThreads:
    """The Threads of the running service."""

    def __init__(self, tables: Tables, sessions: Callable[[str, str], Sequence[KnownSession]]) -> None:
        """`sessions`: those of a tenant whose ids begin with some letters."""
        self._tables = tables
        self._sessions = sessions

    def of(
        self, session: KnownSession, kind: Kind, language: Language, system: MeasurementSystem
    ) -> tuple[Thread, ...]:
        """Those of the newest analysis."""
        look = looking(self._tables, session)
        _, ended = ended_of(look, session)
        if ended is None:
            return ()
        written = made_of(look(MOTION_THREADS, *around(ended)), ended)
        asked = {"kind": kind, "language": language, "measurement_system": system}
        theirs = written.filter(*(pl.col(name) == str(value) for name, value in asked.items()))
        return tuple(map(_thread, theirs.iter_rows(named=True)))

    def get(self, tenant: str, thread_id: str) -> SaidThread | None:
        """The one that was written last."""
        named = THREAD_ID.fullmatch(thread_id)
        for session in () if named is None else self._sessions(tenant, named[1]):
            written = looking(self._tables, session)(MOTION_THREADS, session.created_at - REACH, LATEST)
            found = written.filter(pl.col("thread_id") == thread_id).sort(TIME, descending=True)
            for row in found.head(1).iter_rows(named=True):
                return SaidThread(_thread(row), row[TIME])
        return None


def _thread(row: Mapping[str, Any]) -> Thread:
    said = Text(row["text"], tuple(row["references"] or ()))
    spoken = Language(row["language"]), MeasurementSystem(row["measurement_system"])
    return Thread(row["session_id"], Kind(row["kind"]), row["metric"], *spoken, said, row["rules_version"])
