"""Roles that die by kill -9 as often as they have to while others are at work, and then live to the end."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from threading import Barrier, Event

from kinelake.installation import Installation
from tests.kit.running import PATIENCE, waiting
from tests.kit.site import Site


class Mortal:
    """A role that is killed, and begins again, when it is told to; `lives` ends the last of its processes."""

    def __init__(self, site: Site, role: str, lives: ExitStack) -> None:
        self._begun = partial(site.role, role)
        self._lives = lives
        self.begin()

    def begin(self) -> None:
        """A new process."""
        self._process = self._lives.enter_context(self._begun())

    def kill(self) -> None:
        """SIGKILL; returns when it is dead."""
        self._process.kill()
        self._process.wait()


class Ending:
    """All roles have died as often as they had to and run again; they end once that is `over`."""

    def __init__(self, roles: int) -> None:
        self.killed = Barrier(roles + 1)
        self.over = Event()


def dying(site: Site, role: str, done: Callable[[], int], kills: int, ending: Ending) -> None:
    """Kills the role each time that more has been done since it began; then it lives to the end."""
    for _ in range(kills):
        before = done()
        with site.role(role) as process:
            waiting(lambda before=before: done() > before)
            process.kill()
            process.wait()
    with site.role(role):
        ending.killed.wait(PATIENCE)
        assert ending.over.wait(PATIENCE)


@contextmanager
def killed(site: Site, roles: Mapping[str, Callable[[], int]], kills: int) -> Iterator[None]:
    """The block begins when each role has been killed so often, and runs; of each it says how much was done so far."""
    ending = Ending(len(roles))
    with ThreadPoolExecutor(len(roles)) as pool:
        running = [pool.submit(dying, site, role, done, kills, ending) for role, done in roles.items()]
        for role in running:
            # a role that fails lets nobody wait for it
            role.add_done_callback(lambda _: ending.killed.abort())
        try:
            ending.killed.wait(PATIENCE)
            yield
        finally:
            ending.over.set()
            for role in running:
                role.result()


def lapsed(installation: Installation) -> None:
    """As if the leases of workers that were killed had run out."""
    jobs = installation.control.jobs
    for job in jobs.list(state="running"):
        jobs.renew(job, datetime.fromtimestamp(0, UTC))
