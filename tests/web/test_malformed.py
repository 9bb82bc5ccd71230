"""What is no HTTP/1.1, or reads in two ways: over a real socket, answered in our shape or as the one request it is."""

import json
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.fuzzing import fuzzed
from tests.kit.service import Service, problem_in, received, running, status_of

# the server is started once
pytestmark = pytest.mark.xdist_group("malformed requests")

POST = "POST /v1/take HTTP/1.1"
CHUNKED = "Transfer-Encoding: chunked"
CLOSE = "Connection: close"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(tmp_path_factory.mktemp("service"), body_seconds=3, headers_seconds=3) as started:
        yield started


AMBIGUOUS = {
    "two lengths": ("Content-Length: 5", "Content-Length: 6"),
    "the same length twice": ("Content-Length: 5", "Content-Length: 5"),
    "a list of lengths": ("Content-Length: 5, 5",),
    "length and chunks": ("Content-Length: 5", CHUNKED),
    "chunks and length": (CHUNKED, "Content-Length: 5"),
    "chunked not last": ("Transfer-Encoding: chunked, gzip",),
    "a blank before the colon": ("Content-Length : 5",),
    "a signed length": ("Content-Length: +5",),
    "a length in hexadecimal": ("Content-Length: 0x5",),
    "a length of 5,000 digits": ("Content-Length: " + "5" * 5000,),
    "a folded header": ("X-Folded: a\r\n b",),
    "a name with a blank": ("X Blank: a",),
    "a name with brackets": ("X[0]: a",),
    "no name": (": a",),
    "no colon": ("nonsense",),
    "a zero byte": ("X-Zero: a\x00b",),
    "a bare carriage return": ("X-Return: a\rb",),
}


@pytest.mark.parametrize("headers", AMBIGUOUS.values(), ids=AMBIGUOUS)
def test_a_request_that_reads_in_two_ways_is_a_400_and_the_end(service: Service, headers: tuple[str, ...]) -> None:
    answer = service.send(service.request(POST, *headers, body="12345"))
    assert answer.count(b"HTTP/1.1 ") == 1
    assert (status_of(answer), problem_in(answer)["code"]) == (400, "malformed_request")


def test_the_refusal_names_the_header_that_is_there_twice(service: Service) -> None:
    answer = service.send(service.request(POST, *AMBIGUOUS["two lengths"], body="12345"))
    assert "Content-Length" in problem_in(answer)["detail"]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/3.7\r\n\r\n", 400),
        (b"GET / HTTP/0.9\r\n\r\n", 505),
        (b"GET / HTTP/2.0\r\n\r\n", 505),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
        (b"CONNECT kinelake.test:443 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        (b"\x00" * 1000, 400),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_what_is_no_http_is_told_so(service: Service, sent: bytes, status: int) -> None:
    answer = service.send(sent)
    assert status_of(answer) == status
    assert problem_in(answer)["status"] == status


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"GET /v1/plain/x HTTP/2.0\r\n\r\n", b"http_version_not_supported"),
        (b"GET /v1/pl%61in?q HTTP/0.9\r\n\r\n", b"http_version_not_supported"),
        (b"GET /v1/plain HTTP/1.1\r\n" + b"X: v\r\n" * 101 + b"\r\n", b"headers_too_large"),
        (b"GET /v1/plain/" + b"p" * 8192 + b" HTTP/1.1\r\n\r\n", b"url_too_long"),
        (b"POST /v1/plain HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"malformed_request"),
        (b"GET /v1/plain HTTP/1.1\r\nX-Half", b"headers_timeout"),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_before_it_is_a_request_it_is_refused_in_the_shape_of_its_paths_family(
    service: Service, sent: bytes, answered: bytes
) -> None:
    head, _, body = service.send(sent).rpartition(b"\r\n\r\n")
    assert (b"content-type: text/plain" in head, body) == (True, answered)


def test_what_only_begins_like_a_familys_path_is_refused_as_by_default(service: Service) -> None:
    assert problem_in(service.send(b"GET /v1/plainly HTTP/2.0\r\n\r\n"))["status"] == 505


def test_a_request_before_the_malformed_one_gets_its_own_answer_first(service: Service) -> None:
    first = service.request(POST, "Content-Length: 3", body="123")
    with service.connect() as connection:
        connection.sendall(first + b"nonsense\r\n\r\n")
        answers = received(connection)
    assert status_of(answers) == 200
    assert problem_in(answers)["code"] == "malformed_request"
    assert answers.index(b"HTTP/1.1 200") < answers.index(b"HTTP/1.1 400")


@pytest.mark.parametrize("chunk", ["zz\r\n", "5\r\n12345X", "-1\r\n", "fffffffffffffffff\r\n", "5;x\r1\n"])
def test_a_chunk_that_is_none_is_a_400(service: Service, chunk: str) -> None:
    answer = service.send(service.request(POST, CHUNKED, body=chunk))
    assert (status_of(answer), problem_in(answer)["code"]) == (400, "malformed_request")


def test_chunks_may_have_extensions(service: Service) -> None:
    body = '3;note="a b"\r\n123\r\n2;x\r\n45\r\n0\r\n\r\n'
    assert service.send(service.request(POST, CHUNKED, CLOSE, body=body)).endswith(b"\r\n\r\n5")


@pytest.mark.parametrize("endless", ["0\r\nX-Trailer: ", "5;extension="])
def test_trailers_and_extensions_are_as_bounded_as_headers(service: Service, endless: str) -> None:
    answer = service.send(service.request(POST, CHUNKED, body=endless + "v" * 2**20))
    assert (status_of(answer), problem_in(answer)["code"]) == (431, "headers_too_large")


def test_a_trailer_is_no_header(service: Service) -> None:
    """Loopback is an identity proxy here; one that removes headers would let trailers pass."""
    trailers = "0\r\nX-Consent-Level: 0\r\nX-Organization-Id: globex\r\nAuthorization: none\r\nSec-GPC: 1\r\n\r\n"
    answer = service.send(service.request("POST /v1/who HTTP/1.1", CHUNKED, CLOSE, body=trailers))
    caller = json.loads(answer.rpartition(b"\r\n\r\n")[2])
    assert (caller["tenant"], caller["consent_level"], caller["gpc"]) == ("acme", 2, False)


@pytest.mark.parametrize("upgrade", ["websocket", "h2c", "nonsense"])
def test_an_upgrade_that_is_not_offered_is_passed_over(service: Service, upgrade: str) -> None:
    with service.connect() as connection:
        connection.sendall(service.request("GET /v1/who HTTP/1.1", f"Upgrade: {upgrade}", "Connection: Upgrade"))
        assert status_of(connection.recv(2**16)) == 200
        connection.sendall(service.request("GET /v1/who HTTP/1.1", CLOSE))
        assert b"HTTP/1.1 200" in received(connection)


def test_who_expects_100_continue_gets_it_before_the_body(service: Service) -> None:
    with service.connect() as connection:
        connection.sendall(service.request(POST, "Content-Length: 3", "Expect: 100-continue", CLOSE))
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"123")
        assert received(connection).endswith(b"\r\n\r\n3")


def test_http_1_0_is_answered_and_closed(service: Service) -> None:
    assert status_of(service.send(b"GET /health HTTP/1.0\r\n\r\n")) == 200


def test_pipelined_requests_are_answered_in_their_order(service: Service) -> None:
    requests = [service.request(POST, f"Content-Length: {size}", body="x" * size) for size in range(1, 40)]
    answers = service.send(b"".join(requests) + service.request("GET /health HTTP/1.1", CLOSE))
    bodies = [part.partition(b"\r\n\r\n")[2] for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert bodies == [*(str(size).encode() for size in range(1, 40)), b'{"status":"ok"}']


def test_a_crowd_of_pipelined_requests_is_answered_in_part_and_costs_little(service: Service) -> None:
    before = service.memory()
    answers = service.send(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n" * 100_000)
    assert problem_in(answers)["code"] == "too_many_pipelined"
    assert answers.count(b"HTTP/1.1 200") > 60
    assert service.memory() - before < 32 * 2**20


PIECES = st.sampled_from(
    [
        "GET /v1/who HTTP/1.1",
        POST,
        "\r\n",
        "\r\n\r\n",
        "\n",
        ": ",
        "Host: x",
        "Content-Length: 3",
        "Content-Length: 0",
        CHUNKED,
        "Expect: 100-continue",
        "Upgrade: h2c",
        "Connection: upgrade",
        CLOSE,
        "3\r\nabc\r\n",
        "0\r\n\r\n",
        "X-Forwarded-For: ",
        "é",
        "\x00",
        " ",
        "\t",
    ]
)


@given(st.lists(PIECES | st.text(st.characters(max_codepoint=255), max_size=5), max_size=25), st.booleans())
@fuzzed(600)
def test_whatever_bytes_come_the_server_answers_below_500_and_goes_on(
    service: Service, pieces: list[str], with_token: bool
) -> None:
    start = service.request()[:-2] if with_token else b""
    with service.connect() as connection:
        connection.sendall(start + "".join(pieces).encode("latin-1"))
        connection.shutdown(1)
        answers = received(connection)
    statuses = [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert all(status < 500 or status == 505 for status in statuses)


def test_after_thousands_of_odd_requests_it_serves_as_before(service: Service) -> None:
    odd = random.Random(1)
    before = 0
    for number in range(2000):
        if number == 500:
            before = service.memory()
        with service.connect() as connection:
            connection.sendall(service.request()[:-2] + odd.randbytes(odd.randrange(300)))
    assert service.get("/health").status_code == 200
    assert service.memory() - before < 16 * 2**20
