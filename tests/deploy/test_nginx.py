"""The example of nginx, started as it stands, before a real server that believes it for the address alone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.kit.ready import ready
from tests.kit.service import Service, running
from tests.servers import Nginx

FORGED = {
    "X-Organization-Id": "globex",
    "X-Actor-Type": "admin",
    "X-Actor-Hash": "0" * 64,
    "X-Forwarded-For": "198.51.100.7",
    "X-Client-IP": "198.51.100.7",
    "X-Real-IP": "198.51.100.7",
    "Forwarded": "for=198.51.100.7",
    "X-Request-Id": "forged",
}


@pytest.fixture
def behind(nginx: Nginx, tmp_path: Path) -> Iterator[Service]:
    """A service in development: it believes loopback for everything, so that only nginx stands before it."""
    with running(tmp_path) as service:
        nginx.stop()
        nginx.serve(service.port)
        nginx.start()
        yield service


def who(nginx: Nginx, service: Service, headers: Any) -> dict[str, Any]:
    token = ("Authorization", f"Bearer {service.token}")
    answer = httpx.get(f"{nginx.url}/v1/who", headers=[token, *headers], timeout=60)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nothing_that_a_client_says_of_itself_passes(nginx: Nginx, behind: Service) -> None:
    for headers in (FORGED.items(), [*FORGED.items(), *FORGED.items()]):
        caller = who(nginx, behind, headers)
        assert (caller["tenant"], caller["role"]) == ("acme", "user")
        assert caller["client_ip"] == "127.0.0.1"
        assert caller["request_id"] != "forged"


def test_what_concerns_kinelake_passes(nginx: Nginx, behind: Service) -> None:
    caller = who(nginx, behind, [("Sec-GPC", "1"), ("User-Agent", "Player/1"), ("X-Consent-Level", "1")])
    assert (caller["gpc"], caller["user_agent"], caller["trusted"]) == (True, "Player/1", True)
    assert (caller["consent_level"], caller["consent_source"]) == (1, "header")


def test_the_proxy_says_how_it_was_reached(nginx: Nginx, behind: Service) -> None:
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}
    headers = {"Authorization": f"Bearer {behind.token}", **said}
    heard = httpx.get(f"{nginx.url}/v1/heard", headers=headers, timeout=60).json()
    assert (heard["x-forwarded-proto"], heard["x-forwarded-host"]) == ("http", nginx.url.removeprefix("http://"))


def test_metrics_do_not_leave_the_machine_through_it(nginx: Nginx, behind: Service) -> None:
    assert httpx.get(f"{nginx.url}/metrics", timeout=60).status_code == 404
    ready(nginx.url)


def test_films_and_models_pass_and_other_bodies_above_four_mebibytes_do_not(nginx: Nginx, behind: Service) -> None:
    film = bytes(5 * 2**20)
    for path in ("/running/sessions/", "/mobility-assessment/management/sessions", "/api/models"):
        answer = httpx.post(f"{nginx.url}{path}", content=film, timeout=60)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json"), path
    assert httpx.post(f"{nginx.url}/v1/take", content=film, timeout=60).status_code == 413
