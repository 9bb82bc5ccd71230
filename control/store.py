"""The control store as one object: open it once per process and share it between threads."""

from collections.abc import Callable
from datetime import UTC, datetime

from control.api_keys import ApiKeys
from control.applications import Applications
from control.capture_sessions import CaptureSessions
from control.capture_writes import CaptureWrites
from control.chains import Chains
from control.consent_decisions import ConsentDecisions
from control.consent_records import ConsentRecords
from control.counters import Counters
from control.database import Database
from control.erasures import Erasures
from control.exclusions import Exclusions
from control.geo import GeoDatabases
from control.heartbeats import Heartbeats
from control.jobs import Jobs
from control.models import Models
from control.motion_sessions import MotionSessions
from control.organisations import Organisations
from control.people import People
from control.projects import Projects
from control.request_windows import RequestWindows
from control.schema import migrate
from control.tombstones import Tombstones
from control.video_assembly import VideoAssembly
from control.watermarks import Watermarks
from control.write_keys import WriteKeys
from control.written_offsets import WrittenOffsets


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Control:
    """What must be read back at once. Every call is one transaction and may block: from asyncio use a thread."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self.organisations = Organisations(database, clock)
        self.watermarks = Watermarks(database)
        self.jobs = Jobs(database, clock)
        self.counters = Counters(database)
        self.heartbeats = Heartbeats(database)
        self.tombstones = Tombstones(database)
        self.erasures = Erasures(database, clock)
        self.consent = ConsentRecords(database)
        self.decisions = ConsentDecisions(database)
        self.chains = Chains(database)
        self.geo = GeoDatabases(database)
        self.exclusions = Exclusions(database)
        self.projects = Projects(database, clock)
        self.applications = Applications(database, clock)
        self.models = Models(database)
        self.people = People(database, clock)
        self.api_keys = ApiKeys(database, clock)
        self.write_keys = WriteKeys(database, clock)
        self.request_windows = RequestWindows(database)
        self.capture_sessions = CaptureSessions(database)
        self.video_assembly = VideoAssembly(self.jobs, clock)
        self.capture_writes = CaptureWrites(database)
        self.motion_sessions = MotionSessions(database, clock)
        self.written = WrittenOffsets(database)

    @classmethod
    def open(cls, url: str, clock: Callable[[], datetime] = _utc_now) -> "Control":
        """Connects and migrates to this version's schema; raises ControlTooNew or ControlUnavailable.

        `url` is `sqlite:///PATH` or `postgresql://USER@HOST/NAME`. Several processes may open a new store at once.
        """
        database = Database.connect(url)
        try:
            migrate(database)
        except BaseException:
            database.close()
            raise
        return cls(database, clock)

    def ping(self) -> None:
        """Raises ControlUnavailable unless the database answers."""
        with self._database.read() as connection:
            connection.exec_driver_sql("SELECT 1")

    def forget_deleted(self) -> None:
        """What was deleted is in no file of the database any more; ControlUnavailable where it is read all the time."""
        self._database.forget_deleted()

    def close(self) -> None:
        """Gives the connections back."""
        self._database.close()
