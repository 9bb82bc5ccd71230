"""The level of a person's newest consent record, as every post is checked by it.

What this process records counts at once. What others record is asked of control twice a second, in one question for
everybody: no request is decided with an answer older than a second. A person is asked for once, and kept.

While control does not answer, what is known counts, and who is not known has no record here: the flow, which reads the
records from the log, decides in any case.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple

import structlog

from control.consent_records import MOST_LISTED, ConsentRecord, ConsentRecords
from control.faults import ControlUnavailable

RENEW_SECONDS = 0.5
STALE_SECONDS = 1.0
WAIT_SECONDS = 1.0
"""A control store that hangs holds up no request for longer."""
MOST_PEOPLE = 100_000
"""About 300 bytes each; the first question about a person costs a look into control, about a known one 2 µs."""

log = structlog.get_logger()


class Standing(NamedTuple):
    """A record as far as it matters here; the greatest is the newest."""

    effective_at: datetime
    number: int
    level: int


class RecordedConsent:
    """One per process, used from its event loop only."""

    def __init__(self, records: ConsentRecords, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._records = records
        self._monotonic = monotonic
        self._people: OrderedDict[tuple[str, str], Standing | None] = OrderedDict()
        self._number: int | None = None
        self._told = 0
        self._asked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    async def level(self, tenant: str, subject: str) -> int | None:
        """The level of the person's newest record; None where there is none."""
        if self._due:
            await self._renewed()
        if (tenant, subject) not in self._people:
            await self._ask(tenant, [subject])
        return _level(self._people.get((tenant, subject)))

    async def levels(self, tenant: str, subjects: Iterable[str]) -> dict[str, int | None]:
        """The same of several people, each once, in the order they came: who is not known is asked for in one look."""
        if self._due:
            await self._renewed()
        people = dict.fromkeys(subjects)
        unknown = [subject for subject in people if (tenant, subject) not in self._people]
        if unknown:
            await self._ask(tenant, unknown)
        return {subject: _level(self._people.get((tenant, subject))) for subject in people}

    def told(self, record: ConsentRecord) -> None:
        """A record was made; who has not been asked for yet is asked for when they come."""
        person = record.tenant, record.subject
        self._told += 1
        if person in self._people:
            known, new = self._people[person], _standing(record)
            self._people[person] = new if known is None else max(known, new)

    @property
    def _due(self) -> bool:
        return self._monotonic() - self._asked_at >= RENEW_SECONDS

    async def _renewed(self) -> None:
        """Sees to it that others' records are known, all but those of the last second."""
        age = self._monotonic() - self._asked_at
        if self._looking is None or self._looking.done() or self._looking.get_loop() is not asyncio.get_running_loop():
            # a loop that was closed in the middle of a look never ends it
            self._looking = asyncio.create_task(self._look())
        if age >= STALE_SECONDS:
            await asyncio.wait([self._looking], timeout=WAIT_SECONDS)

    async def _look(self) -> None:
        asked_at = self._monotonic()
        try:
            await self._learn()
        except ControlUnavailable as error:
            log.warning("consent_records_not_read; the known ones count", reason=str(error))
            asked_at = self._monotonic()
        self._asked_at = asked_at

    async def _learn(self) -> None:
        if self._number is None:
            self._number = await asyncio.to_thread(self._records.last_number)
            self._people.clear()
            return
        while new := await asyncio.to_thread(self._records.after, self._number):
            for record in new:
                self.told(record)
            self._number = new[-1].number
            if len(new) < MOST_LISTED:
                return

    async def _ask(self, tenant: str, subjects: list[str]) -> None:
        """Asks again where records came meanwhile: the answer may be older than they are."""
        try:
            while True:
                told = self._told
                newest = await asyncio.to_thread(self._records.newest, tenant, subjects)
                if told == self._told:
                    break
        except ControlUnavailable as error:
            log.warning("consent_record_not_read; the flow decides", reason=str(error))
            return
        for subject in subjects:
            record = newest.get(subject)
            self._people[tenant, subject] = None if record is None else _standing(record)
        while len(self._people) > MOST_PEOPLE:
            self._people.popitem(last=False)


def _level(standing: Standing | None) -> int | None:
    return None if standing is None else standing.level


def _standing(record: ConsentRecord) -> Standing:
    return Standing(record.effective_at, record.number, record.level)
