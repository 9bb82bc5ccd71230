"""One run: an installation under load whose processes die by plan, until all that was accepted is in the tables."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from urllib.request import urlopen

import httpx
from tenacity import AsyncRetrying, retry_if_result, stop_after_delay, wait_fixed

from kinelake.balance import Balance
from kinelake.example.people import ORGANISATION
from kinelake.installation import Installation
from kinelake.settings import load
from schemas.shared.faults import Transient
from tests.kit.chaos.lake import the_sum
from tests.kit.chaos.ledger import Ledger
from tests.kit.chaos.load import Client
from tests.kit.chaos.plan import BROKER, Kill
from tests.kit.chaos.roles import Role, running
from tests.kit.running import PATIENCE
from tests.servers import Kafka
from tests.servers.server import free_port
from web.development import issue_development_token

COMMANDS = {"web": ["web"], "flow": ["flow", "media"], "worker": ["worker"]}
ROLES = tuple(COMMANDS)
CLIENTS = 6
SETTINGS = {
    "KINELAKE_LOG_LEVEL": "info",
    "KINELAKE_LOG_FORMAT": "json",
    "KINELAKE_ACCESS_LOG": "false",
    "KINELAKE_PUBLISH_TIMEOUT_SECONDS": "3",
    # The worker has something to do at every moment, so that it dies in the middle of it.
    "KINELAKE_COMPACT_AFTER_FILES": "20",
    "KINELAKE_COMPACT_EVERY_SECONDS": "1",
    "KINELAKE_SETTLE_EVERY_SECONDS": "2",
    "KINELAKE_SETTLE_RECEIVED_MINUTES": "0",
    "KINELAKE_MOTION_DEMO": "false",
}


class Storm:
    """The installation in `data`, and all that is seen from outside: answers, sums, what the roles printed."""

    def __init__(self, data: Path, seed: int, broker: Kafka | None) -> None:
        self.data = data
        self.ledger = Ledger()
        self.sums: list[Balance] = []
        self._seed = seed
        self._broker = broker
        self._started: asyncio.Task[None] | None = None
        self._port = free_port()
        self._settings = {**SETTINGS, "KINELAKE_PORT": str(self._port)}
        if broker is not None:
            self._settings["KINELAKE_LOG_URL"] = f"{broker.url}?topic_prefix=chaos-{seed}."
        self._roles = {name: self._role(name, arguments) for name, arguments in COMMANDS.items()}

    @property
    def environment(self) -> dict[str, str]:
        """The variables of every process of the installation."""
        return {**os.environ, **self._settings}

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """As `kinelake.installation.opened`, with the storm's settings."""
        found = Installation(load({"data": self.data}, self._settings))
        found.folder.prepare()
        try:
            yield found
        finally:
            found.close()

    def rage(self, plan: Sequence[Kill]) -> None:
        """Load and kills; ends when the flow has caught up with all that is on the log."""
        asyncio.run(self._rage(plan))

    async def _rage(self, plan: Sequence[Kill]) -> None:
        async with running(list(self._roles.values())):
            await until(self._ready)
            async with self._load(), self._sampling():
                for kill in plan:
                    await self._kill(kill)
            await self._broker_back()
            await until(self._caught_up)
        print(self._summary())

    def _role(self, name: str, arguments: Sequence[str]) -> Role:
        printed = self.data.with_name(f"{name}.out")
        return Role(name, [*arguments, "--data", str(self.data)], self._settings, printed)

    async def _kill(self, kill: Kill) -> None:
        if kill.recovered:
            await self._accepting()
        await asyncio.sleep(kill.wait)
        if kill.victim != BROKER:
            await self._roles[kill.victim].kill(kill.away)
            return
        assert self._broker is not None
        await self._broker_back()
        await asyncio.to_thread(self._broker.kill)
        self._started = asyncio.create_task(self._start_broker(self._broker, kill.away))

    async def _accepting(self) -> None:
        before = self.ledger.accepted

        async def more() -> bool:
            return self.ledger.accepted > before

        await until(more)

    async def _start_broker(self, broker: Kafka, away: float) -> None:
        await asyncio.sleep(away)
        await asyncio.to_thread(broker.start)

    async def _broker_back(self) -> None:
        if self._started is not None:
            await self._started

    @asynccontextmanager
    async def _load(self) -> AsyncIterator[None]:
        over = asyncio.Event()
        async with httpx.AsyncClient(base_url=self._url, timeout=15) as http, asyncio.TaskGroup() as clients:
            for number in range(CLIENTS):
                client = Client(f"client-{number}", Random(f"{self._seed}/{number}"), http, self._token(), self.ledger)
                clients.create_task(client.post_until(over))
            yield
            over.set()
            await self._broker_back()

    @asynccontextmanager
    async def _sampling(self) -> AsyncIterator[None]:
        """The sum is looked at all the while: it balances at every moment."""
        over = asyncio.Event()
        sampler = asyncio.create_task(self._sample(over))
        try:
            yield
        finally:
            over.set()
            await sampler

    async def _sample(self, over: asyncio.Event) -> None:
        while not over.is_set():
            with suppress(Transient):
                self.sums.append(await asyncio.to_thread(self._sum))
            with suppress(TimeoutError):
                await asyncio.wait_for(over.wait(), 2)

    def _sum(self) -> Balance:
        with self.installation() as installation:
            return the_sum(installation)

    async def _ready(self) -> bool:
        try:
            return await asyncio.to_thread(lambda: _status(f"{self._url}/health/ready")) == 200
        except OSError:
            return False

    async def _caught_up(self) -> bool:
        try:
            return (await asyncio.to_thread(self._sum)).in_flight == 0
        except Transient:
            return False

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def _token(self) -> Callable[[str], str]:
        secrets = self.data / "secrets"
        return cache(
            lambda person: issue_development_token(secrets, person, ORGANISATION, "user", 2, timedelta(hours=8))
        )

    def _summary(self) -> str:
        deaths = {role.name: role.killed for role in self._roles.values()}
        exits = {role.name: role.exits for role in self._roles.values() if role.exits}
        return (
            f"{len(self.ledger)} events, {self.ledger.unanswered()} never answered, "
            f"{self.ledger.retried_to_success()} stored by a retry; killed {deaths}, ended by themselves {exits}, "
            f"{len(self.sums)} sums looked at"
        )


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Until it holds; tenacity.RetryError after PATIENCE seconds."""
    patiently = AsyncRetrying(
        retry=retry_if_result(lambda held: not held), wait=wait_fixed(0.2), stop=stop_after_delay(PATIENCE)
    )
    await patiently(holds)


def _status(url: str) -> int:
    with urlopen(url, timeout=5) as answer:
        return int(answer.status)
