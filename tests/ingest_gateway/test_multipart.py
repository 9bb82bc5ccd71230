"""Forms however they are cut: the file comes out as it went in, or is refused; it is never something else."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest_gateway.taking.multipart import FormFile
from web.problems import Problem

BOUNDARY = b"b0"
MOST = 4096

contents = st.binary(max_size=300) | st.lists(
    st.sampled_from([b"\r\n", b"--b0", b"--b0--", b"\r\n--b", b"-", b"\r", b"\n", b"x"]), max_size=12
).map(b"".join)
names = st.sampled_from(["chunk", "chunk", "other", "Chunk", ""])


def form(parts: Sequence[tuple[str, bytes]]) -> bytes:
    """As RFC 7578 writes it."""
    written = (
        b'--b0\r\nContent-Disposition: form-data; name="%b"; filename="f"\r\nContent-Type: image/png\r\n\r\n%b\r\n'
        % (name.encode(), content)
        for name, content in parts
    )
    return b"".join(written) + b"--b0--\r\n"


def read(taking: FormFile, body: bytes, cuts: Sequence[int]) -> bytes:
    """The file, of a body that comes in pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        ends = sorted({0, len(body), *(cut % (len(body) + 1) for cut in cuts)})
        for begin, end in pairwise(ends):
            yield body[begin:end]

    async def whole() -> bytes:
        return b"".join([piece async for piece in taking.pieces(pieces())])

    return asyncio.run(whole())


def taken(body: bytes, cuts: Sequence[int]) -> bytes | int:
    """The file, or the status that the form is refused with."""
    try:
        return read(FormFile("chunk", BOUNDARY, MOST), body, cuts)
    except Problem as problem:
        return problem.status


def clean(content: bytes) -> bool:
    """Whether it can be told from what stands around it."""
    return b"--b0" not in content


@given(st.lists(st.tuples(names, contents.filter(clean)), max_size=4), st.lists(st.integers(0, 10_000), max_size=8))
@example([("chunk", b"\r\n--b")], [60, 61, 62, 63, 64])
def test_a_form_gives_its_one_file_whatever_it_is_cut_into(parts: list[tuple[str, bytes]], cuts: list[int]) -> None:
    files = [content for name, content in parts if name == "chunk"]
    expected: bytes | int = files[0] if len(files) == 1 else 400
    assert taken(form(parts), cuts) == expected


@given(st.binary(max_size=200), st.lists(st.integers(0, 10_000), max_size=4))
def test_anything_at_all_is_a_file_or_refused(body: bytes, cuts: list[int]) -> None:
    assert taken(body, cuts) in (400, 413) or b"chunk" in body


@given(st.lists(st.tuples(names, contents), min_size=1, max_size=3), st.integers(0, 600))
def test_a_form_that_was_cut_off_is_refused(parts: list[tuple[str, bytes]], at: int) -> None:
    body = form(parts)[:-4]
    whole = body[: at % len(body)]
    assert taken(whole, []) == 400 or b"--b0--" in whole


def test_what_is_larger_than_allowed_is_413() -> None:
    assert taken(form([("chunk", bytes(MOST))]), [7, 900]) == bytes(MOST)
    assert taken(form([("chunk", bytes(MOST + 1))]), [7, 900]) == 413


@given(
    st.permutations([("chunk", b"file"), ("app", "Spiel 1 \u00e9".encode()), ("level", b"")]),
    st.lists(st.integers(0, 10_000), max_size=8),
)
def test_texts_beside_the_file_are_read_in_whatever_order_they_come(
    parts: list[tuple[str, bytes]], cuts: list[int]
) -> None:
    body = form(parts)
    taking = FormFile("chunk", BOUNDARY, MOST, {"app": 20, "level": 5, "other": 5})
    assert read(taking, body, cuts) == b"file"
    assert [taking.text(name) for name in ("app", "level", "other")] == ["Spiel 1 \u00e9", "", None]


@pytest.mark.parametrize(
    "parts", [[("app", b"x" * 21)], [("app", b"a"), ("app", b"b")], [("app", b"a"), ("chunk", b""), ("app", b"a")]]
)
def test_a_text_that_is_too_long_or_given_twice_is_refused(parts: list[tuple[str, bytes]]) -> None:
    with pytest.raises(Problem) as refused:
        read(FormFile("chunk", BOUNDARY, MOST, {"app": 20}), form([*parts, ("chunk", b"x")]), [])
    assert (refused.value.status, refused.value.errors[0].field) == (400, "app")


def test_a_text_that_is_no_utf_8_is_refused() -> None:
    taking = FormFile("chunk", BOUNDARY, MOST, {"app": 20})
    assert read(taking, form([("app", b"\xff"), ("chunk", b"x")]), []) == b"x"
    with pytest.raises(Problem):
        taking.text("app")
