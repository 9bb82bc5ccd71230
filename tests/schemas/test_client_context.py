"""The client's address and User-Agent come back as they were, but for control characters and what is too long."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.shared.client_context import MAX_USER_AGENT, decode, encode
from tests.kit.fuzzing import fuzzed

ADDRESS = "203.0.113.9"
CONTROLS = {*map(chr, range(0x20)), "\x7f"}


@given(st.text(st.characters(max_codepoint=255), max_size=2 * MAX_USER_AGENT))
@fuzzed(500)
def test_what_a_client_says_comes_back_without_control_characters(user_agent: str) -> None:
    kept = "".join(each for each in user_agent if each not in CONTROLS)
    assert decode(encode(ADDRESS, user_agent)) == (ADDRESS, kept[:MAX_USER_AGENT])
