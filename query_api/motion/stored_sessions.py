"""Sessions as control has them, with what is known of their people and what these pay for."""

from collections.abc import Sequence
from functools import cache

from control.motion_sessions import MotionSession
from control.motion_sessions import Status as StoredStatus
from control.motion_sessions import Wanted as WantedOfControl
from control.organisations import subject_of
from control.people import Profile
from control.store import Control
from motion.documents import Status
from motion.request import Request
from query_api.motion.known import KnownSession, Listed, Wanted
from schemas.motion.blobs import PICTURES
from schemas.motion.plans import PLANS
from schemas.motion.tables import FAMILY


class StoredSessions:
    """The Sessions of the running service."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def get(self, session_id: str) -> KnownSession | None:
        """The session of that id, whoever's it is."""
        found = self._control.motion_sessions.get(session_id)
        return None if found is None else _known(found, self._profile(found.tenant, found.user_id), self._plan(found))

    def of_letters(self, tenant: str, letters: str) -> Sequence[KnownSession]:
        """Those of a tenant whose ids begin with these digits, of which nothing else of people is asked."""
        return [_known(each, None, PLANS[0]) for each in self._control.motion_sessions.of_letters(tenant, letters)]

    def newest(self, wanted: Wanted) -> Listed:
        """A page of a list; each person is looked up once."""
        subject = None if wanted.user_id is None else self._subject(wanted.tenant, wanted.user_id)
        chosen = WantedOfControl(wanted.tenant, subject, wanted.activity, _stored(wanted.status))
        found, total = self._control.motion_sessions.newest(chosen, wanted.limit, wanted.offset)
        profile, plan = cache(self._profile), cache(self._plan_of)
        return Listed(
            [_known(one, profile(one.tenant, one.user_id), plan(one.tenant, one.subject)) for one in found], total
        )

    def queue_again(self, session: KnownSession) -> bool:
        """Has the session analysed again, at most once an hour."""
        return self._control.motion_sessions.queue_again(session.id)

    def erase(self, session: KnownSession, requested_by: str) -> None:
        """Begins to erase it."""
        self._control.erasures.begin_session(tenant=session.tenant, session_id=session.id, requested_by=requested_by)

    def _profile(self, tenant: str, user_id: str) -> Profile | None:
        found = self._control.people.get(tenant, user_id)
        return None if found is None else found.profile

    def _plan(self, session: MotionSession) -> str:
        return self._plan_of(session.tenant, session.subject)

    def _plan_of(self, tenant: str, subject: str) -> str:
        """The highest of a person's valid keys."""
        return max(self._control.api_keys.plans(FAMILY, tenant, subject), key=PLANS.index, default=PLANS[0])

    def _subject(self, tenant: str, user_id: str) -> str:
        organisation = self._control.organisations.get(tenant)
        assert organisation is not None, "the caller's key is of this organisation"
        return subject_of(organisation.key, user_id)


def _stored(status: Status | None) -> StoredStatus | None:
    return None if status is None else status.value


def _known(session: MotionSession, profile: Profile | None, plan: str) -> KnownSession:
    """A session's name is its title; what the log has of the request is without it."""
    return KnownSession(
        id=session.id,
        tenant=session.tenant,
        user_id=session.user_id,
        plan=plan,
        profile=profile,
        request=Request.model_validate({**session.request, "session_name": session.title}),
        status=Status(session.status),
        progress=round(session.progress),
        error=session.error,
        created_at=session.created_at,
        video=session.video,
        analysed_video=session.analysed_video,
        pictures=f"{PICTURES}/{session.id}",
    )
