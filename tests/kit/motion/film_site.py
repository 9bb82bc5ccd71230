"""An installation whose web role takes films over real HTTP, people with keys, and what lies in it of their films."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, NamedTuple

import httpx
import psutil

from control.motion_sessions import MotionSession, Wanted
from ingest_gateway.motion import PEOPLE_KEYS
from kinelake.api_keys import create_key
from kinelake.installation import Installation
from motion.request import Activity
from schemas.motion import SESSIONS
from tests.kit.site import ORGANISATION, Site

PATIENCE: Final = 120
PERSON: Final = "ann@example.org"
SQUAT: Final[Mapping[str, str]] = {"exercise": "Overhead Squat"}


class Kept(NamedTuple):
    """What there is of films: files of the blob store, those half-written too, sessions, messages of the log, files
    of the web role's own temporary folder.
    """

    files: Sequence[str]
    sessions: int
    messages: int
    temporary: Sequence[str]


class FilmSite:
    """One person and their key; `settings` are KINELAKE_ variables. The web role runs inside `with`."""

    def __init__(self, data: Path, **settings: object) -> None:
        self.site = Site(data, rate_limit_requests=1_000_000, **settings)
        self._temporary = data.with_name(f"{data.name}-tmp")
        self._temporary.mkdir()
        self.site.settings["TMPDIR"] = str(self._temporary)
        self._open = ExitStack()
        self.installation: Installation = self._open.enter_context(self.site.installation())
        self.control = self.installation.control
        self.control.organisations.ensure(ORGANISATION)
        self.subject, self.key = self.person(PERSON)

    def person(self, user_id: str, role: str = "user", plan: str = "Pro") -> tuple[str, str]:
        """Somebody's subject, and a key that acts for them."""
        holder = self.control.people.holder(ORGANISATION, user_id, plan, 2)
        return holder.subject, create_key(self.installation, PEOPLE_KEYS, holder, role)[1]

    def __enter__(self) -> "FilmSite":
        self.begin()
        headers = {"Authorization": f"API-KEY {self.key}"}
        self.http = self._open.enter_context(httpx.Client(base_url=self.base, headers=headers, timeout=PATIENCE))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def begin(self) -> None:
        """A new web process."""
        self.process = self._open.enter_context(self.site.role("web"))

    def kill(self) -> None:
        """SIGKILL; returns when it is dead."""
        self.process.kill()
        self.process.wait()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.site.port}"

    def upload(
        self, film: bytes, activity: Activity = Activity.MOBILITY, fields: Mapping[str, str] = SQUAT, **headers: str
    ) -> httpx.Response:
        """A film as clients send it, called what it need not be."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        files = {"video": ("squat.mp4", film, "video/mp4")}
        return self.http.post(f"/{activity}/sessions/", data=dict(fields), files=files, headers=named)

    def sessions(self) -> list[MotionSession]:
        """All that control knows, the newest first."""
        return self.control.motion_sessions.newest(Wanted(ORGANISATION), 1000)[0]

    def kept(self) -> Kept:
        """What there is now."""
        blobs = Path(str(self.site.effective.settings.blobs_url))
        files = sorted(str(path.relative_to(blobs)) for path in blobs.rglob("*") if path.is_file())
        messages = sum(self.installation.log.end_offsets(SESSIONS.name).values())
        temporary = sorted(str(path) for path in self._temporary.rglob("*") if path.is_file())
        return Kept(files, len(self.sessions()), messages, temporary)

    def peak_bytes(self) -> int:
        """The most memory that the web process ever had."""
        return self._status("VmHWM")

    def rest_bytes(self) -> int:
        """The memory that it has."""
        return self._status("VmRSS")

    def pids(self) -> set[int]:
        """The web process and its children that are alive; those that look into films end with their film."""
        top = psutil.Process(self.process.pid)
        return {top.pid, *(child.pid for child in top.children(recursive=True))}

    def compiled(self) -> bool:
        """Whether the web role has loaded what it compiles, some seconds after its start: that takes memory."""
        return any(" compiled" in line or '"compiled"' in line for line in self.log_lines())

    def log_lines(self) -> list[str]:
        """What the web role has printed."""
        return self.site.printed("web").read_text().splitlines()

    def _status(self, name: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        found: Any = next(line for line in lines if line.startswith(f"{name}:"))
        return int(found.split()[1]) * 1024
