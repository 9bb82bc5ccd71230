"""Write keys in memory: where one is looked for; what other processes make and end is known within a second."""

from base64 import b64encode
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from control.faults import ControlUnavailable
from control.store import Control
from control.write_keys import WriteKeys as StoredKeys
from tests.kit.migrated import migrated
from tests.web.test_minutes import Seconds
from web.faults import BadPepper
from web.headers import headers_of
from web.minutes import Minutes
from web.pepper import Pepper
from web.revisions import RENEW_SECONDS, STALE_SECONDS
from web.write_keys import FAMILY, WriteKeys, Writing, shown_by, values_of

pytestmark = pytest.mark.anyio

PEPPER = Pepper(b"p" * 32)
BELOW = "/v1/of/"


@pytest.fixture
def url(tmp_path: Path) -> str:
    return migrated(tmp_path)


@pytest.fixture
def control(url: str) -> Iterator[Control]:
    opened = Control.open(url)
    opened.organisations.create("acme")
    yield opened
    opened.close()


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def keys(control: Control, seconds: Seconds) -> WriteKeys:
    return WriteKeys(control.write_keys, PEPPER, seconds)


def made(control: Control, text: str, pepper: Pepper = PEPPER) -> str:
    """The id of a new key."""
    return control.write_keys.create("acme", pepper.lookup(FAMILY, text.encode()), pepper.name, default_consent=2).id


async def test_what_another_process_makes_or_ends_is_known_within_a_second(
    keys: WriteKeys, seconds: Seconds, url: str, control: Control
) -> None:
    elsewhere = Control.open(url)
    await keys.renewed()
    key_id = made(elsewhere, "kpk_a")
    seconds.now += STALE_SECONDS
    await keys.renewed()
    found = keys.find("kpk_a")
    assert found is not None
    assert (found.id, await keys.holds(found)) == (key_id, True)
    elsewhere.write_keys.revoke(key_id)
    seconds.now += STALE_SECONDS
    assert (await keys.holds(found), keys.find("kpk_a")) == (False, None)
    elsewhere.close()


async def test_what_this_process_ends_is_known_at_once(keys: WriteKeys, control: Control) -> None:
    key_id = made(control, "kpk_a")
    await keys.renewed()
    assert keys.find("kpk_a") is not None
    control.write_keys.revoke(key_id)
    assert keys.due
    await keys.renewed()
    assert keys.find("kpk_a") is None


async def test_control_is_asked_twice_a_second_and_for_the_keys_only_where_something_changed(
    keys: WriteKeys, control: Control, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(control, "kpk_a")
    await keys.renewed()
    monkeypatch.setattr(StoredKeys, "list", None)
    for _ in range(5):
        seconds.now += STALE_SECONDS
        await keys.renewed()
        assert not keys.due
        seconds.now += RENEW_SECONDS
        assert keys.due
    assert keys.find("kpk_a") is not None


async def test_a_control_store_that_is_away_is_said(
    keys: WriteKeys, seconds: Seconds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(stored: StoredKeys) -> int:
        raise ControlUnavailable("gone")

    monkeypatch.setattr(StoredKeys, "revision", away)
    with pytest.raises(ControlUnavailable):
        await keys.renewed()


async def test_keys_of_another_pepper_are_found_out(keys: WriteKeys, control: Control) -> None:
    await keys.check()
    made(control, "kpk_a", Pepper(b"q" * 32))
    with pytest.raises(BadPepper):
        await keys.check()


def basic(text: str) -> dict[str, str]:
    return {"authorization": f"Basic {b64encode(text.encode()).decode()}"}


SHOWN: Mapping[str, tuple[str, str, dict[str, str], str]] = {
    "in the path": ("/v1/of/kpk_a", "", {}, "kpk_a"),
    "in the path with more behind it": ("/v1/of/kpk_a/settings", "", {}, "kpk_a"),
    "the path first": ("/v1/of/kpk_a", "writeKey=kpk_b", basic("kpk_c:"), "kpk_a"),
    "Basic before the query": ("/v1/t", "writeKey=kpk_b", basic("kpk_c:"), "kpk_c"),
    "Basic without a colon": ("/v1/t", "", basic("kpk_c"), "kpk_c"),
    "Basic with a password": ("/v1/t", "", basic("kpk_c:secret"), "kpk_c"),
    "Basic in small letters": ("/v1/t", "", {"authorization": f"basic {b64encode(b'kpk_c:').decode()}"}, "kpk_c"),
    "no Base64": ("/v1/t", "", {"authorization": "Basic kpk_c:"}, ""),
    "no UTF-8": ("/v1/t", "", {"authorization": f"Basic {b64encode(bytes([255])).decode()}"}, ""),
    "in the query": ("/v1/t", "a=1&writeKey=kpk_b&writeKey=kpk_d", {}, "kpk_b"),
    "nowhere": ("/v1/t", "writekey=kpk_b", {"x-api-key": "kpk_b"}, ""),
    "a query of too many names": ("/v1/t", "&".join(f"a{n}=1" for n in range(200)) + "&writeKey=kpk_b", {}, ""),
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_key_is_looked_for_where_it_may_stand(keys: WriteKeys, name: str) -> None:
    path, query, headers, text = SHOWN[name]
    raw = [(each.encode(), value.encode()) for each, value in headers.items()]
    scope = {"type": "http", "path": path, "query_string": query.encode(), "headers": raw}
    shown = shown_by(scope, headers_of(scope), BELOW, Writing(keys, Minutes(1), Minutes(1)))
    assert (shown.text, shown.key, shown.bearer) == (text, None, False)


def test_all_values_of_a_name_are_known() -> None:
    scope = {"type": "http", "query_string": b"consent=2&consent=&a=1&consent=%31"}
    assert values_of(scope, "consent") == ["2", "", "1"]
