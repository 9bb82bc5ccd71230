"""A real server process: what it says at its start, how it drains, where it refuses to listen."""

import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.kit.service import PATIENCE, Service, running
from tests.servers.server import free_port
from tests.web.conftest import Site
from web.faults import AddressTaken, InsecureBinding
from web.options import WebOptions
from web.server import serve


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running(tmp_path) as started:
        yield started


def test_the_start_says_that_it_is_development(service: Service) -> None:
    assert "development_mode" in service.said


def test_requests_in_flight_are_answered_after_sigterm_and_the_process_ends_with_0(service: Service) -> None:
    answers: list[httpx.Response] = []
    asking = threading.Thread(target=lambda: answers.append(service.get("/v1/slow")))
    asking.start()
    assert service.output.readline() == "entered\n"
    service.process.send_signal(signal.SIGTERM)
    (service.folder / "release").touch()
    asking.join()
    assert answers[0].text == "answered"
    assert service.output.readline() == "ended in order\n"
    assert service.process.wait() == 0


def test_a_body_refused_by_its_size_still_gets_its_413_over_a_real_socket(service: Service) -> None:
    with service.client() as client:
        assert client.post("/v1/take", content=bytes(2_000_000)).status_code == 413
        assert client.post("/v1/take", content=b"12345").text == "5"


def test_a_head_request_gets_no_body(service: Service) -> None:
    answer = httpx.head(f"{service.base}/health", timeout=PATIENCE)
    assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"", "15")


def test_a_taken_address_is_a_terminal_error_that_names_the_settings(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        options = WebOptions(port=taken.getsockname()[1])
        with pytest.raises(AddressTaken, match="KINELAKE_PORT"):
            serve(site.app(), options)


def test_further_ports_answer_the_same_and_one_that_is_taken_is_said_and_left_out(tmp_path: Path) -> None:
    free = free_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with running(tmp_path, further_ports=[free, port]) as service:
            assert httpx.get(f"http://127.0.0.1:{free}/health", timeout=PATIENCE).status_code == 200
            assert service.get("/health").status_code == 200
            assert "further_port_taken" in service.said
            assert str(port) in service.said


def test_an_insecure_binding_never_listens(site: Site) -> None:
    with pytest.raises(InsecureBinding):
        serve(site.app(), WebOptions(host="0.0.0.0"))
