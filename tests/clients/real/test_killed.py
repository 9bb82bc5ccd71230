"""Web and flows die by kill -9 while players and SDKs send: what got a 2xx is in the tables, and nothing is twice.

The drawn seed is printed; KINELAKE_CHAOS_SEED repeats it, and `make chaos` kills more often, and on Kafka as well.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from threading import Event, Thread
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from tests.clients.real.house import FLOWS, House, house
from tests.clients.real.items import MARK, sent
from tests.clients.real.records import PARTS, reports
from tests.clients.real.speaking import PAGES, SERVERS, ServerSpeaker, page_speaker, server_speaker
from tests.clients.real.watching import PLAYERS, viewer
from tests.kit.chaos.killing import Mortal
from tests.kit.chaos.plan import ROUNDS, seed
from tests.kit.long import LONG
from tests.kit.running import waiting
from tests.servers import Kafka

pytestmark = [
    pytest.mark.browser,
    pytest.mark.chaos,
    pytest.mark.slow,
    pytest.mark.timeout(180 + 15 * ROUNDS),
]

FEW_ROUNDS = 6
TICK_SECONDS = 0.1
MOST_SECONDS = 0.5
TICK = """([sdk, ms]) => {
  let n = 0;
  setInterval(() => { window.say('track', { event: 'Tick', properties: { mark: `${sdk} ${n++}` } }); }, ms);
}"""


TOGETHER = pytest.mark.xdist_group("real clients")
ON_KAFKA = [LONG, pytest.mark.kafka, pytest.mark.xdist_group("kafka")]


@pytest.fixture(params=[pytest.param("sqlite", marks=TOGETHER), pytest.param("kafka", marks=ON_KAFKA)])
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """Of the embedded log, or of a broker."""
    if request.param == "sqlite":
        return {}
    broker: Kafka = request.getfixturevalue("kafka")
    return {"log_url": f"{broker.url}?topic_prefix=real-clients-{uuid4().hex}."}


@pytest.mark.parametrize("rounds", [FEW_ROUNDS, pytest.param(ROUNDS, marks=LONG)])
def test_whatever_dies_what_got_a_2xx_is_stored_and_nothing_is_twice(
    browser: Browser, film: Path, packages: Path, tmp_path: Path, settings: dict[str, str], rounds: int
) -> None:
    with house(tmp_path, film, packages, **settings) as made, ExitStack() as lives:
        roles = [Mortal(made.site, role, lives) for role in ("web", *FLOWS.values())]
        with sending(browser, made, packages):
            rage(made, roles, Random(seed()), rounds)
        waiting(lambda: made.front.under_way == 0)
        made.settled(*FLOWS)
        expect_reports(made)
        expect_items(made)


@contextmanager
def sending(browser: Browser, made: House, packages: Path) -> Iterator[None]:
    """All players play and all SDKs speak while the block runs; then each ends in the middle of it."""
    context, over = browser.new_context(), Event()
    with ExitStack() as running:
        running.callback(context.close)
        for player in PLAYERS:
            viewer(context, made, player, "busy", interval=1)
        for sdk in PAGES:
            speaker = page_speaker(context.new_page(), made.pages, sdk, made.front.url, made.key)
            speaker.page.evaluate(TICK, [sdk, 1000 * TICK_SECONDS])
        running.callback(over.set)
        for sdk in SERVERS:
            server = running.enter_context(server_speaker(sdk, packages, made.front.url, made.key))
            talking = Thread(target=talk, args=(server, sdk, over))
            talking.start()
            running.callback(server.process.kill)
            running.callback(talking.join)
            running.callback(over.set)
        yield


def talk(speaker: ServerSpeaker, sdk: str, over: Event) -> None:
    """An item a tick."""
    number = 0
    while not over.wait(TICK_SECONDS):
        speaker.say("track", userId=f"{sdk} user", event="Tick", properties={MARK: f"{sdk} {number}"})
        number += 1


def rage(made: House, roles: list[Mortal], random: Random, rounds: int) -> None:
    """Each role in turn dies at a drawn moment after more was taken, so often; then all live, and all are heard."""
    for number in range(rounds):
        before = taken(made)
        waiting(lambda before=before: taken(made) > before)
        # not to be awaited: the moment is drawn
        Event().wait(random.uniform(0, MOST_SECONDS))
        victim = roles[number % len(roles)]
        victim.kill()
        victim.begin()
    before = taken(made)
    waiting(lambda: taken(made) > before)
    waiting(lambda: heard(made) >= {*PLAYERS, *PAGES, *SERVERS})


def taken(made: House) -> int:
    """Requests that got a 2xx."""
    return sum(seen.taken for seen in list(made.front.seen))


def heard(made: House) -> set[str]:
    """The players and SDKs of which anything got a 2xx."""
    players = {report.content.partition("-busy")[0] for report in reports(made.front) if report.taken}
    return players | {item.mark.partition(" ")[0] for item in sent(made.front) if item.taken}


def expect_reports(made: House) -> None:
    rows = made.media().select("session_id", "sequence").rows()
    assert len(rows) == len(set(rows)), "a report is twice"
    stored = {(session, sequence // PARTS) for session, sequence in rows}
    every = list(reports(made.front))
    assert {(report.session, report.number) for report in every if report.taken} <= stored, "a report is lost"
    assert stored <= {(report.session, report.number) for report in every}


def expect_items(made: House) -> None:
    rows = made.analytics()
    marks = rows["properties"].str.json_path_match(f"$.{MARK}").to_list()
    assert len(marks) == len(set(marks)), "an item is twice"
    every = list(sent(made.front))
    assert {item.mark for item in every if item.taken} <= set(marks), "an item is lost"
    assert set(marks) <= {item.mark for item in every}
    print(f"{len(every)} items were sent, {len(marks)} are stored, {made.media().height} rows of players")
