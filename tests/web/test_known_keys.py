"""How keys that are shown become known: what is asked of control, what is remembered, where bcrypt is tried."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest
from pydantic import SecretStr, ValidationError

from control.faults import ControlUnavailable
from control.projects import Project
from control.store import Control
from tests.kit.migrated import migrated
from tests.web.conftest import Site
from web import known_keys
from web.known_keys import KnownKeys
from web.options import WebOptions
from web.pepper import Pepper, read_pepper
from web.problems import Problem

pytestmark = pytest.mark.anyio

FAMILY = "booth"
PEPPER = Pepper(b"p" * 32)


class Monotonic:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def monotonic() -> Monotonic:
    return Monotonic()


@pytest.fixture
def known(site: Site, monotonic: Monotonic) -> KnownKeys:
    """What a process knows that has just begun."""
    return KnownKeys(site.control.api_keys, PEPPER, monotonic)


@pytest.fixture
def elsewhere(site: Site, tmp_path: Path) -> Iterator[Control]:
    """Another process's control store, on the same database."""
    control = Control.open(migrated(tmp_path), site.clock)
    yield control
    control.close()


@pytest.fixture
def project(site: Site) -> Project:
    return site.project()


def lookup(key: str) -> str:
    return PEPPER.lookup(FAMILY, key.encode())


def made(control: Control, project: Project, key: str = "key") -> str:
    """Makes the key known to control; its id."""
    return control.api_keys.create(FAMILY, project, "", lookup(key), PEPPER.name).id


def imported(control: Control, project: Project, key: str, cost: int = 4) -> str:
    """The same by a bcrypt hash."""
    hashed = bcrypt.hashpw(key.encode(), bcrypt.gensalt(cost)).decode()
    return control.api_keys.take_over(FAMILY, project, "", hashed).id


async def shown(known: KnownKeys, key: str = "key") -> str | None:
    """The id of a key that is shown, as the door asks."""
    await known.renewed()
    found = await known.find(FAMILY, key.encode(), lookup(key))
    return None if found is None else found.id


async def test_a_key_is_asked_for_once_whether_it_is_one_or_not(
    known: KnownKeys, site: Site, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = made(site.control, project)
    assert [await shown(known), await shown(known, "wrong")] == [key_id, None]
    monkeypatch.setattr(site.control.api_keys, "find", None)
    assert [await shown(known), await shown(known, "wrong")] == [key_id, None]
    assert known.remembered(lookup("key")) is not None


@pytest.mark.parametrize(("key", "seconds"), [("key", known_keys.KNOWN_SECONDS), ("wrong", known_keys.UNKNOWN_SECONDS)])
async def test_an_answer_is_remembered_for_so_long(
    known: KnownKeys, site: Site, project: Project, monotonic: Monotonic, key: str, seconds: float
) -> None:
    made(site.control, project)
    await shown(known, key)
    monotonic.now += seconds - 1
    asked = _counted(site)
    await shown(known, key)
    assert asked == []
    monotonic.now += 1
    await shown(known, key)
    assert asked == [lookup(key)]


def _counted(site: Site) -> list[str]:
    """The look-ups that control is asked for from now on."""
    keys, asked = site.control.api_keys, list[str]()
    find = keys.find

    def counted(family: str, lookup: str, sha256: str) -> object:
        asked.append(lookup)
        return find(family, lookup, sha256)

    keys.find = counted  # type: ignore[method-assign, assignment]
    return asked


async def test_what_another_process_changes_counts_within_a_second(
    known: KnownKeys, elsewhere: Control, project: Project, monotonic: Monotonic
) -> None:
    key_id = made(elsewhere, project)
    assert await shown(known) == key_id
    assert await shown(known, "chosen") is None
    elsewhere.api_keys.revoke(key_id)
    other = made(elsewhere, project, "chosen")
    monotonic.now += 1
    assert [await shown(known), await shown(known, "chosen")] == [None, other]


async def test_after_half_a_second_control_is_asked_while_requests_go_on(
    known: KnownKeys, elsewhere: Control, project: Project, monotonic: Monotonic
) -> None:
    key_id = made(elsewhere, project)
    await shown(known)
    elsewhere.api_keys.revoke(key_id)
    monotonic.now += 0.5
    assert await shown(known) == key_id
    assert known._renewal._looking is not None
    await known._renewal._looking
    assert await shown(known) is None


async def test_while_control_is_away_no_key_is_believed_for_more_than_a_second(
    known: KnownKeys, site: Site, project: Project, monotonic: Monotonic, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id = made(site.control, project)
    await shown(known)

    def away() -> int:
        raise ControlUnavailable("it does not answer")

    with monkeypatch.context() as patched:
        patched.setattr(site.control.api_keys, "revision", away)
        monotonic.now += 0.9
        assert await shown(known) == key_id
        monotonic.now += 0.1
        with pytest.raises(ControlUnavailable):
            await shown(known)
    assert await shown(known) == key_id


async def test_a_change_while_a_key_is_looked_up_makes_it_be_looked_up_again(
    known: KnownKeys, site: Site, project: Project, monotonic: Monotonic
) -> None:
    key_id = made(site.control, project)
    await known.renewed()
    keys, find = site.control.api_keys, site.control.api_keys.find
    loop = asyncio.get_running_loop()

    def slow(*asked: str) -> object:
        found = find(*asked)
        keys.find = find  # type: ignore[method-assign]
        keys.revoke(key_id)
        asyncio.run_coroutine_threadsafe(known.renewed(), loop).result()
        return found

    keys.find = slow  # type: ignore[method-assign, assignment]
    assert await known.find(FAMILY, b"key", lookup("key")) is None


async def test_a_key_with_a_bcrypt_hash_gets_its_lookup_when_it_is_first_shown(
    known: KnownKeys, site: Site, project: Project, monkeypatch: pytest.MonkeyPatch, monotonic: Monotonic
) -> None:
    ids = {key: imported(site.control, project, key) for key in ("one", "two", "three")}
    assert await shown(known, "none") is None
    assert await shown(known, "two") == ids["two"]
    monkeypatch.setattr(bcrypt, "checkpw", None)
    monotonic.now += known_keys.KNOWN_SECONDS
    assert await shown(known, "two") == ids["two"]
    assert {each.id for each in site.control.api_keys.untried(FAMILY)} == {ids["one"], ids["three"]}


async def test_a_revoked_key_is_not_let_in_by_another_hash_of_it(
    known: KnownKeys, site: Site, project: Project
) -> None:
    first = imported(site.control, project, "key")
    assert await shown(known) == first
    site.control.api_keys.revoke(first)
    imported(site.control, project, "key")
    assert await shown(known) is None


class Held:
    """Stands for bcrypt: says which threads try, and goes on when it is let."""

    def __init__(self) -> None:
        self.threads = set[str]()
        self.begun = threading.Semaphore(0)
        self.go_on = threading.Event()

    def __call__(self, key: bytes, hashed: bytes) -> bool:
        self.threads.add(threading.current_thread().name)
        self.begun.release()
        return not self.go_on.wait(60)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held()
    monkeypatch.setattr(bcrypt, "checkpw", made)
    yield made
    made.go_on.set()


async def test_bcrypt_is_tried_in_two_threads_while_the_loop_answers_others(
    known: KnownKeys, site: Site, project: Project, held: Held
) -> None:
    imported(site.control, project, "imported")
    key_id = made(site.control, project)
    guesses = [asyncio.create_task(shown(known, f"guess-{n}")) for n in range(6)]
    for _ in range(2):
        assert await asyncio.to_thread(held.begun.acquire, timeout=60)
    assert await shown(known) == key_id
    assert not held.begun.acquire(blocking=False)
    held.go_on.set()
    assert await asyncio.gather(*guesses) == [None] * 6
    assert held.threads <= {"bcrypt_0", "bcrypt_1"}
    assert len(held.threads) == 2


async def test_the_same_guess_many_times_at_once_is_tried_once(
    known: KnownKeys, site: Site, project: Project, held: Held
) -> None:
    imported(site.control, project, "imported")
    guesses = [asyncio.create_task(shown(known, "guess")) for _ in range(5)]
    assert await asyncio.to_thread(held.begun.acquire, timeout=60)
    held.go_on.set()
    assert await asyncio.gather(*guesses) == [None] * 5
    assert not held.begun.acquire(blocking=False)


async def test_only_so_many_keys_wait_to_be_tried(
    known: KnownKeys, site: Site, project: Project, held: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_keys, "MOST_WAITING", 1)
    imported(site.control, project, "imported")
    first = asyncio.create_task(shown(known, "guess"))
    assert await asyncio.to_thread(held.begun.acquire, timeout=60)
    with pytest.raises(Problem, match="503 keys_busy"):
        await shown(known, "another")
    held.go_on.set()
    assert await first is None


async def test_the_loop_goes_on_while_a_dear_hash_is_computed(known: KnownKeys, site: Site, project: Project) -> None:
    imported(site.control, project, "imported", cost=12)
    guess, turns = asyncio.create_task(shown(known, "guess")), 0
    while not guess.done():
        turns += 1
        await asyncio.sleep(0)
    assert turns > 100, "the hash is computed without Python's lock"


async def test_what_is_remembered_is_bounded(known: KnownKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    known._invalid = known_keys.Remembered(60, 3, lambda: 0.0)
    for n in range(5):
        await shown(known, f"guess-{n}")
    assert len(known._invalid) == 3


def test_the_pepper_is_made_once_and_nobody_else_reads_it(tmp_path: Path) -> None:
    first, second = (read_pepper(None, tmp_path / "secrets") for _ in range(2))
    (file,) = (tmp_path / "secrets").iterdir()
    assert first.name == second.name
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_a_given_pepper_is_long_and_never_shown(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="at least 32"):
        WebOptions(key_pepper=SecretStr("p" * 31))
    options = WebOptions(key_pepper=SecretStr("p" * 32))
    assert read_pepper(options.key_pepper, tmp_path).name == PEPPER.name
    assert list(tmp_path.iterdir()) == []
    assert "pppp" not in repr(options)


def test_a_lookup_is_of_one_family_and_one_pepper() -> None:
    lookups = {pepper.lookup(family, b"key") for pepper in (PEPPER, Pepper(b"q" * 32)) for family in ("a", "b")}
    assert len(lookups) == 4
