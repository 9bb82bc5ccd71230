"""Limits that the server keeps before any token: size, time and number, over real sockets."""

import contextlib
import resource
import socket
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tenacity

from tests.kit.service import PATIENCE, Service, problem_in, received, running, status_of
from tests.web.conftest import Site
from web.faults import TooFewFiles
from web.options import WebOptions
from web.server import serve

# each server is started once
pytestmark = pytest.mark.xdist_group("connections")

HALF = b"GET /health HTTP/1.1\r\nHost: kinelake.test\r\nX-Half: "
SHORT: dict[str, Any] = {"headers_seconds": 1, "idle_seconds": 3, "body_seconds": 1, "answer_stall_seconds": 2}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service")) as started:
        yield started


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A server with little patience."""
    with running(tmp_path_factory.mktemp("hasty"), **SHORT) as started:
        yield started


@contextlib.contextmanager
def half_open(service: Service, number: int, sent: bytes = HALF) -> Iterator[list[socket.socket]]:
    """Connections whose requests stop inside their headers."""
    with contextlib.ExitStack() as stack:
        made = [stack.enter_context(service.connect()) for _ in range(number)]
        for connection in made:
            connection.sendall(sent)
        yield made


@tenacity.retry(
    retry=tenacity.retry_if_result(lambda held: not held),
    stop=tenacity.stop_after_delay(PATIENCE),
    wait=tenacity.wait_fixed(0.02),
)
def awaited(holds: Any) -> bool:
    return bool(holds())


def at_once(seconds: float, usual: float) -> bool:
    """Whether an answer waited for nobody: it took a tenth of a second, or on a slow machine no more than usual."""
    return seconds < max(0.1, 10 * usual)


def asked(service: Service) -> float:
    """Half of twenty answers, each on a connection of its own, took no longer than so many seconds."""
    answers = [service.get("/v1/who") for _ in range(20)]
    assert {answer.status_code for answer in answers} == {200}
    # a shared machine stalls now and then, so one of twenty says little
    return statistics.median(answer.elapsed.total_seconds() for answer in answers)


def headers(number: int, size: int = 1) -> list[str]:
    return [f"X-{index}: {'v' * size}" for index in range(number)]


TOO_LARGE = {
    "one header of 64 KiB": ["X-Large: " + "v" * 2**16],
    "a name of 64 KiB": ["X" * 2**16 + ": v"],
    "many headers of 64 KiB together": headers(66, 1000),
    "101 lines": headers(99),
    "10,000 lines": headers(10_000),
}


@pytest.mark.parametrize("lines", TOO_LARGE.values(), ids=TOO_LARGE)
def test_headers_beyond_64_kib_or_100_lines_are_a_431_and_the_end(service: Service, lines: list[str]) -> None:
    answer = service.send(service.request("GET /health HTTP/1.1", *lines))
    assert status_of(answer) == 431
    assert problem_in(answer)["code"] == "headers_too_large"
    assert b"connection: close" in answer
    assert b"x-request-id: " in answer


def test_headers_of_60_kib_and_100_lines_are_fine(service: Service) -> None:
    lines = [*headers(97, 600), "Connection: close"]
    assert status_of(service.send(service.request("GET /v1/who HTTP/1.1", *lines))) == 200


def test_a_head_that_never_ends_is_refused_while_it_comes(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(HALF + b"v" * 2**16)
        assert status_of(received(connection)) == 431


def test_the_next_request_of_a_connection_has_the_same_limit(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(service.request("HEAD /health HTTP/1.1"))
        assert status_of(connection.recv(2**16)) == 200
        connection.sendall(service.request("GET /health HTTP/1.1", *TOO_LARGE["101 lines"]))
        assert status_of(received(connection)) == 431


def test_a_url_beyond_its_limit_is_a_414(service: Service) -> None:
    answer = service.send(service.request(f"GET /health?{'q' * 8192} HTTP/1.1"))
    assert (status_of(answer), problem_in(answer)["code"]) == (414, "url_too_long")
    fine = service.request(f"GET /health?{'q' * 8000} HTTP/1.1", "Connection: close")
    assert status_of(service.send(fine)) == 200


def test_while_one_sends_a_header_of_60_mib_others_are_served(service: Service) -> None:
    usual, before, worked = asked(service), service.memory(), service.worked()
    with service.connect() as sender, service.client() as other:
        sender.sendall(HALF)
        times = []
        with contextlib.suppress(ConnectionError):
            for _ in range(60):
                sender.sendall(b"v" * 2**20)
                began = time.perf_counter()
                assert other.get("/v1/who").status_code == 200
                times.append(time.perf_counter() - began)
    assert at_once(statistics.median(times), usual)
    assert service.worked() - worked < 2, "nobody waited for longer than it worked"
    assert service.memory() - before < 32 * 2**20


def test_headers_that_stop_are_a_408_and_the_connection_closes(hasty: Service) -> None:
    with half_open(hasty, 3) as connections:
        for connection in connections:
            answer = received(connection)
            assert (status_of(answer), problem_in(answer)["code"]) == (408, "headers_timeout")


def test_headers_that_trickle_have_no_more_time(hasty: Service) -> None:
    began = time.monotonic()
    with hasty.connect() as connection:
        connection.sendall(HALF)
        connection.settimeout(0.05)
        answer = b""
        while not answer and time.monotonic() < began + PATIENCE:
            connection.sendall(b"v")
            with contextlib.suppress(TimeoutError):
                answer = connection.recv(2**16)
    assert status_of(answer) == 408


def test_the_headers_of_a_second_request_may_not_trickle_either(hasty: Service) -> None:
    with hasty.connect() as connection:
        connection.sendall(hasty.request("GET /health HTTP/1.1") + HALF)
        answers = received(connection)
    assert status_of(answers) == 200
    assert problem_in(answers)["code"] == "headers_timeout"


@pytest.mark.parametrize("sent", [b"", b"\r\n"], ids=["nothing", "empty lines"])
def test_a_connection_that_says_nothing_is_closed(hasty: Service, sent: bytes) -> None:
    with hasty.connect() as connection:
        connection.sendall(sent)
        assert received(connection)[:12] in (b"", b"HTTP/1.1 408")


def test_a_connection_that_is_idle_after_its_answer_is_closed(hasty: Service) -> None:
    with hasty.connect() as connection:
        connection.sendall(hasty.request("GET /health HTTP/1.1"))
        assert status_of(received(connection)) == 200


def test_a_body_that_its_answer_did_not_wait_for_must_come_all_the_same(hasty: Service) -> None:
    with hasty.connect() as connection:
        connection.sendall(b"POST /v1/take HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\nabc")
        answers = received(connection)
    assert status_of(answers) == 401


@pytest.mark.parametrize("come", ["", "abc"])
def test_a_body_that_stops_is_a_408(hasty: Service, come: str) -> None:
    length = "Content-Type: application/json", "Content-Length: 9"
    answer = hasty.send(hasty.request("POST /v1/take HTTP/1.1", *length, body=come))
    assert (status_of(answer), problem_in(answer)["code"]) == (408, "body_timeout")


def test_a_client_that_does_not_take_its_answer_is_cut_off(hasty: Service) -> None:
    with hasty.connect(receive_buffer=4096) as connection:
        connection.sendall(hasty.request("GET /v1/large HTTP/1.1"))
        assert status_of(connection.recv(100)) == 200
        awaited(lambda: hasty.metric('kinelake_connections_closed_total{reason="slow reader"}') == 1)


def test_a_client_that_takes_its_answer_slowly_gets_all_of_it(hasty: Service) -> None:
    taken, began = 0, time.monotonic()
    with hasty.connect(receive_buffer=2**18) as connection:
        connection.sendall(hasty.request("GET /v1/large HTTP/1.1", "Connection: close"))
        while part := connection.recv(2**18):
            taken += len(part)
            # slower than the deadline for the whole, faster than that for 64 KiB
            behind = began + taken / (24 * 2**20) - time.monotonic()
            time.sleep(max(0.0, behind))
    assert taken > 64 * 2**20
    assert time.monotonic() - began > 2


def test_beside_500_half_open_connections_a_second_user_is_served_at_once(service: Service) -> None:
    usual = asked(service)
    with half_open(service, 500):
        assert at_once(asked(service), usual)


def test_more_half_open_connections_than_there_may_be_do_not_shut_the_door(tmp_path: Path) -> None:
    with (
        running(tmp_path, connections_max=50) as service,
        half_open(service, 340) as connections,
        service.client() as other,
    ):
        assert other.get("/v1/who").status_code == 200
        assert service.metric('kinelake_connections_closed_total{reason="evicted"}') >= 290
        with contextlib.suppress(ConnectionResetError):
            assert connections[0].recv(1) == b""
        # the one that came last has its place
        connections[-1].sendall(b"v\r\nConnection: close\r\n\r\n")
        assert status_of(received(connections[-1])) == 200


def test_with_everybody_busy_one_more_is_a_503(tmp_path: Path) -> None:
    with running(tmp_path, connections_max=2) as service:
        with service.connect() as first, service.connect() as second:
            for connection in (first, second):
                connection.sendall(service.request("GET /v1/slow HTTP/1.1", "Connection: close"))
                assert service.output.readline() == "entered\n"
            with service.connect() as third:
                answer = received(third)
            assert (status_of(answer), problem_in(answer)["code"]) == (503, "too_many_connections")
            (tmp_path / "release").touch()
            assert status_of(received(first)) == status_of(received(second)) == 200
        assert service.get("/v1/who").status_code == 200


def test_a_low_limit_of_open_files_lowers_the_number_of_connections(tmp_path: Path) -> None:
    def limit_files() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))

    with running(tmp_path, limit_files) as service, half_open(service, 340), service.client() as other:
        assert "connections_lowered" in service.said
        assert other.get("/v1/who").status_code == 200


def test_a_limit_that_leaves_no_connection_is_an_error_that_names_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("resource.getrlimit", lambda which: (200, 200))
    monkeypatch.setattr("resource.setrlimit", lambda which, limits: None)
    with pytest.raises(TooFewFiles, match="ulimit -n"):
        serve(site.app(), WebOptions(port=0))


def test_refusals_of_the_server_are_counted(service: Service) -> None:
    refusals = 'kinelake_request_seconds_count{method="other",route="unknown",status="4xx"}'
    before = service.metric(refusals)
    service.send(b"nonsense\r\n\r\n")
    assert service.metric(refusals) == before + 1
