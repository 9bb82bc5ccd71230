"""What reads of motion are made from, as narrow as they need it: who has it says how it is found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, TypedDict

from control.people import Profile
from motion.analysis import Analysis
from motion.documents import Kind, Shown, Status, Thread
from motion.request import Activity, Language, MeasurementSystem, Request


@dataclass(frozen=True, kw_only=True)
class KnownSession:
    """A session as control knows it.

    `user_id` is its person's clear id, `plan` what they pay for, `profile` what is known of them. `video` and
    `analysed_video` are blobs, the latter None until there is one; `pictures` is the folder of its pictures.
    """

    id: str
    tenant: str
    user_id: str = field(repr=False)
    plan: str
    profile: Profile | None = field(default=None, repr=False)
    request: Request
    status: Status
    progress: int = 0
    error: str | None = None
    created_at: datetime
    video: str
    analysed_video: str | None = None
    pictures: str
    demo: bool = False


class Wanted(NamedTuple):
    """Which sessions of a tenant a list shows; None is all. The newest come first."""

    tenant: str
    user_id: str | None
    activity: Activity | None
    status: Status | None
    limit: int
    offset: int


class Listed(NamedTuple):
    """A page of a list, and how many sessions the whole list has."""

    sessions: Sequence[KnownSession]
    total: int


class Sessions(Protocol):
    """The sessions in control. Called on threads; raises ControlUnavailable."""

    def get(self, session_id: str) -> KnownSession | None:
        """The session of that id, whoever's it is; None where there is none, or it is being erased."""

    def newest(self, wanted: Wanted) -> Listed:
        """A page of a list."""

    def queue_again(self, session: KnownSession) -> bool:
        """Has the session analysed again, at most once an hour; whether that is so now."""

    def erase(self, session: KnownSession, requested_by: str) -> None:
        """Begins to erase the session: from now on nobody finds it. `requested_by` such as api_key:ID."""


class Analyses(Protocol):
    """Finished analyses, made again of the tables' rows. Called on threads."""

    def of(self, session: KnownSession) -> Analysis | None:
        """The analysis of the highest version; None where the tables have none."""


class SaidThread(NamedTuple):
    """A thread as it lies in the tables, and when its session was analysed."""

    thread: Thread
    created_at: datetime


class Threads(Protocol):
    """The threads of finished analyses, as they were written by the rules of then. Called on threads."""

    def of(
        self, session: KnownSession, kind: Kind, language: Language, system: MeasurementSystem
    ) -> tuple[Thread, ...]:
        """A session's threads of one kind, in the order of the report's groups."""

    def get(self, tenant: str, thread_id: str) -> SaidThread | None:
        """The thread of that id."""


class Choice(TypedDict, total=False):
    """What is to be shown from now on: a member that is left out keeps its value."""

    shown_angles: Sequence[str]
    comments: Mapping[str, str]


class Configurations(Protocol):
    """How reports of joint mobility are to be shown, in control. Called on threads; raises ControlUnavailable."""

    def get(self, session: KnownSession) -> Shown | None:
        """What was chosen for a session; None where nothing ever was."""

    def change(self, session: KnownSession, given: Choice) -> Shown | None:
        """Chooses what is given and keeps the rest, in one step; None where the session was erased meanwhile."""
