"""What reads of motion are made from, in memory: what tests put there."""

from collections.abc import Mapping

from motion.analysis import Analysis
from motion.documents import Kind, Shown, Thread, all_threads, asked_angles
from motion.request import Language, MeasurementSystem
from query_api.motion.known import Choice, KnownSession, Listed, SaidThread, Wanted


class KnownSessions:
    """Control's sessions; `queued` and `erased` tell what was asked for, `due` whether an hour has passed."""

    def __init__(self) -> None:
        self.sessions: dict[str, KnownSession] = {}
        self.queued: list[str] = []
        self.due = True

    def get(self, session_id: str) -> KnownSession | None:
        return self.sessions.get(session_id)

    def newest(self, wanted: Wanted) -> Listed:
        chosen = [
            one
            for one in self.sessions.values()
            if one.tenant == wanted.tenant
            and wanted.user_id in (None, one.user_id)
            and wanted.activity in (None, one.request.activity)
            and wanted.status in (None, one.status)
        ]
        chosen.sort(key=lambda one: one.created_at, reverse=True)
        return Listed(chosen[wanted.offset : wanted.offset + wanted.limit], len(chosen))

    def queue_again(self, session: KnownSession) -> bool:
        if self.due:
            self.queued.append(session.id)
        return self.due

    def erase(self, session: KnownSession, requested_by: str) -> None:
        del self.sessions[session.id]


class KnownAnalyses:
    """Analyses by session."""

    def __init__(self) -> None:
        self.analyses: dict[str, Analysis] = {}

    def of(self, session: KnownSession) -> Analysis | None:
        return self.analyses.get(session.id)


class KnownThreads:
    """The threads of all analyses."""

    def __init__(self, analyses: KnownAnalyses, sessions: Mapping[str, KnownSession]) -> None:
        self._analyses = analyses
        self._sessions = sessions

    def of(
        self, session: KnownSession, kind: Kind, language: Language, system: MeasurementSystem
    ) -> tuple[Thread, ...]:
        asked = kind, language, system
        every = all_threads(self._analyses.analyses[session.id], session.id)
        return tuple(one for one in every if (one.kind, one.language, one.measurement_system) == asked)

    def get(self, tenant: str, thread_id: str) -> SaidThread | None:
        for name, analysis in self._analyses.analyses.items():
            session = self._sessions[name]
            for one in all_threads(analysis, name):
                if one.id == thread_id and session.tenant == tenant:
                    return SaidThread(one, session.created_at)
        return None


class KnownConfigurations:
    """Configurations by session."""

    def __init__(self) -> None:
        self.shown: dict[str, Shown] = {}

    def get(self, session: KnownSession) -> Shown | None:
        return self.shown.get(session.id)

    def change(self, session: KnownSession, given: Choice) -> Shown | None:
        kept = self.shown.get(session.id) or Shown(asked_angles(session.request))
        chosen = Shown(given.get("shown_angles", kept.angles), given.get("comments", kept.comments))
        self.shown[session.id] = chosen
        return chosen
