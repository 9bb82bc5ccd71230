"""Digits that nobody had before, whoever asks for them."""

from concurrent.futures import ThreadPoolExecutor

from schemas.shared.random_digits import AT_ONCE, DIGITS, random_digits

ASKED = 20 * AT_ONCE


def drawn(_: int = 0) -> list[str]:
    return [random_digits() for _ in range(ASKED)]


def test_each_has_its_hexadecimal_digits_and_none_comes_twice() -> None:
    found = drawn()
    assert {len(each) for each in found} == {DIGITS}
    assert set("".join(found)) == set("0123456789abcdef")
    assert len(set(found)) == ASKED


def test_threads_get_digits_of_their_own() -> None:
    with ThreadPoolExecutor(8) as pool:
        found = [each for those in pool.map(drawn, range(8)) for each in those]
    assert len(set(found)) == len(found)
