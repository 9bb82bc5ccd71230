"""X-Consent-Level in every family: whoever says it, through whatever proxy, it lowers the stamped level alone."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request

from ingest_gateway.door.opening import Opening
from ingest_gateway.family import families
from ingest_gateway.game.family import EVENTS
from schemas.shared.consent_rules import FULL
from tests.ingest_gateway.capture.conftest import Capture
from tests.ingest_gateway.conftest import Gateway
from tests.ingest_gateway.game import conftest as game
from tests.ingest_gateway.motion.conftest import Motion
from tests.kit.door import write_key
from tests.kit.fuzzing import fuzzed
from tests.web.conftest import Clock, Site
from web.authentication import ORIGIN, authenticator
from web.caller import Caller
from web.families import FAMILY, Families
from web.headers import headers_of
from web.options import WebOptions
from web.proxies import Origins, Proxies

PEERS = ("127.0.0.1", "203.0.113.9")
NETWORKS = st.sampled_from([(), ("203.0.113.0/24",), ("198.51.100.0/24",)])
SAID = st.one_of(
    st.sampled_from([*"0123", "3, 1", "", "4", "x", "02"]), st.text(st.characters(max_codepoint=255), max_size=8)
)
Headers: TypeAlias = Sequence[tuple[str, str]]
Door: TypeAlias = tuple[Callable[[Request], Awaitable[Caller]], str, Callable[[int], Headers]]
"""Who a request is of, a path of it, and what a caller of a level shows there."""


class Doors:
    """Every way to a Caller, with one of each level to show."""

    def __init__(self, site: Site) -> None:
        self.runner = asyncio.Runner()
        self.site = site
        self._families = Families(families())
        levels = range(FULL + 1)
        authenticating = authenticator(WebOptions(), site.control, site.secrets, site.clock)
        by_family = {family.name: family.authenticate(authenticating) for family in self._families}
        opening = Opening(site.control.organisations)
        gateway, players = Gateway(site), game.Doors(site)
        capture, motion = Capture(gateway), Motion(gateway)
        tokens = [[("Authorization", f"Bearer {site.token(role='system', consent=level)}")] for level in levels]
        keys = [[("X-API-Key", capture.project(f"shop {level}", level)[1])] for level in levels]
        people = [[("API-KEY", motion.key(f"ann {level}", consent=level)[1])] for level in levels]
        applications = [players.application(f"jumper {level}", level, None) for level in levels]
        public = [[("x-public-token", players.tokens(each).public)] for each in applications]
        written = [write_key(site, consent=level)[0] for level in levels]
        shown: Mapping[str, tuple[str, Sequence[Headers]]] = {
            "capture": ("/v1/sessions", keys),
            "game": (EVENTS, public),
            "motion": ("/running/sessions", people),
        }
        by_token = ("/v1/who", tokens)

        async def with_a_key(request: Request) -> Caller:
            key = written[int(headers_of(request).once("X-Shown") or 0)]
            return (await opening.by_key(request, key, 0)).caller

        async def with_a_token(request: Request) -> Caller:
            return (await opening.by_token(request, await authenticating.caller(request), None, 0)).caller

        self.every: Mapping[str, Door] = {
            **{name: (door, *_at(*shown.get(name, by_token))) for name, door in by_family.items()},
            "a write key": (with_a_key, "/v1/t", lambda level: [("X-Shown", str(level))]),
            "a token beside one": (with_a_token, *_at("/v1/t", tokens)),
        }

    def caller(self, name: str, level: int, said: Sequence[str], peer: str, proxies: Origins) -> Caller:
        door, path, shown = self.every[name]
        headers = [*shown(level), ("Content-Type", game.MSGPACK), *(("X-Consent-Level", each) for each in said)]
        raw = [(header.lower().encode(), value.encode("latin-1")) for header, value in headers]
        scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": raw}
        scope |= {FAMILY: self._families.of(path), ORIGIN: proxies.of(peer, headers_of(scope))}
        return self.runner.run(_made(door, Request(scope)))


async def _made(door: Callable[[Request], Awaitable[Caller]], request: Request) -> Caller:
    return await door(request)


def _at(path: str, shown: Sequence[Headers]) -> tuple[str, Callable[[int], Headers]]:
    return path, lambda level: shown[level]


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder: Path = tmp_path_factory.mktemp("stated")
    made = Doors(Site(folder, Clock()))
    yield made
    made.runner.close()
    made.site.control.close()


def lowest(level: int, said: Sequence[str]) -> int:
    """The rule once more: of all that is said the lowest, what is no level being 0."""
    stated = [each.strip(" \t") for line in said for each in line.split(",")]
    return min([level, *(int(each) if each in [*"0123"] else 0 for each in stated)])


@given(st.integers(0, FULL), st.lists(SAID, max_size=3), st.sampled_from(PEERS), NETWORKS, NETWORKS)
@example(3, ["2"], "203.0.113.9", (), ())
@example(2, ["3"], "127.0.0.1", (), ("127.0.0.0/8",))
@fuzzed(300)
def test_the_stamped_level_is_the_lowest_of_what_was_shown_and_said(
    doors: Doors, level: int, said: list[str], peer: str, trusted: tuple[str, ...], identity: tuple[str, ...]
) -> None:
    for name in doors.every:
        caller = doors.caller(name, level, said, peer, Origins(Proxies(trusted), Proxies(identity)))
        wanted = lowest(level, said)
        assert (caller.consent_level, caller.consent_source == "header") == (wanted, wanted < level), name
