"""The door of people's keys: where a key may stand, who comes in by it, and how the family says no."""

import pytest

from tests.ingest_gateway.motion.conftest import ANN, SQUATS, Motion

pytestmark = pytest.mark.anyio

NOT_MULTIPART = 400
"""What an upload without a form is answered: whoever gets it was let in."""


async def status(motion: Motion, *headers: tuple[str, str]) -> int:
    return (await motion.ask("POST", SQUATS, list(headers))).status_code


async def test_a_key_is_known_in_all_four_places(motion: Motion, ann: str) -> None:
    for header in (
        ("Authorization", f"API-KEY {ann}"),
        ("Authorization", f"api-key  {ann}"),
        ("Authorization", ann),
        ("Authorization", f"Bearer {ann}"),
        ("API-KEY", ann),
    ):
        assert await status(motion, header) == NOT_MULTIPART, header
    assert await status(motion, ("API-KEY", ann), ("Authorization", ann)) == NOT_MULTIPART


async def test_whoever_shows_no_key_or_two_is_401(motion: Motion, ann: str) -> None:
    other = motion.key("ben")[1]
    for headers in (
        [],
        [("Authorization", "")],
        [("Authorization", "API-KEY ")],
        [("Authorization", f"Basic {ann}")],
        [("Authorization", f"API-KEY {ann}x")],
        [("Authorization", f"API-KEY {'x' * 5000}")],
        [("X-API-Key", ann)],
        [("API-KEY", ann), ("Authorization", other)],
        [("Authorization", ann), ("Authorization", other)],
    ):
        answer = await motion.ask("POST", SQUATS, headers)
        assert (answer.status_code, list(answer.json())) == (401, ["error"]), headers
        assert answer.headers["WWW-Authenticate"].startswith("API-KEY ")


async def test_a_token_of_the_telemetry_opens_nothing_here_and_a_key_nothing_there(motion: Motion, ann: str) -> None:
    assert await status(motion, ("Authorization", f"Bearer {motion.site.token()}")) == 401
    answer = await motion.ask("GET", "/v1/consent", [("Authorization", f"Bearer {ann}")])
    assert answer.status_code == 401


async def test_a_key_that_was_revoked_and_an_erased_persons_open_nothing(motion: Motion) -> None:
    made, revoked = motion.key(role="admin")
    _, secret = motion.key()
    assert await status(motion, ("API-KEY", revoked)) == NOT_MULTIPART
    motion.control.api_keys.revoke(made.id)
    assert await status(motion, ("API-KEY", revoked)) == 401
    assert await status(motion, ("API-KEY", secret)) == NOT_MULTIPART
    motion.control.erasures.begin(tenant="acme", subject=made.subject, requested_by="operator")
    motion.site.clock.pass_seconds(5)
    listed = motion.control.api_keys.list()
    assert {(each.owner, each.revoked_at is None) for each in listed} == {("", False)}
    assert ANN not in repr(listed)


@pytest.mark.parametrize("path", ["/jumping/nothing", "/sessions/x/y/z", "/session-management/", "/running"])
async def test_an_unknown_path_is_answered_in_the_familys_shape(motion: Motion, path: str) -> None:
    answer = await motion.ask("GET", path, [])
    assert (answer.status_code, list(answer.json())) == (404, ["error"])
