"""What masking must find: secrets of every kind that it names, and what surrounds them."""

import string
from collections.abc import Callable
from urllib.parse import quote

from hypothesis import strategies as st

_LETTERS = string.ascii_letters
_ALPHANUMERIC = _LETTERS + string.digits
_BASE64URL = f"{_ALPHANUMERIC}-_"


def _of(alphabet: str, least: int, most: int) -> st.SearchStrategy[str]:
    return st.text(alphabet, min_size=least, max_size=most)


emails = st.builds(
    "{}@{}.{}".format,
    st.text(f"{_ALPHANUMERIC}._+-äß", min_size=1, max_size=20),
    st.text(f"{_ALPHANUMERIC}-é", min_size=1, max_size=12),
    st.sampled_from(["com", "co.uk", "example", "ro", "бг"]),
)
web_tokens = st.builds("eyJ{}.{}.{}".format, _of(_BASE64URL, 12, 40), _of(_BASE64URL, 0, 60), _of(_BASE64URL, 0, 43))
keys = st.builds(
    "{}{}".format,
    st.sampled_from(["sk_live_", "ghp_", "github_pat_", "glpat-", "xoxb-", "AIza", "npm_", "hf_"]),
    _of(_ALPHANUMERIC, 20, 40),
)
long_runs = _of("0123456789abcdef", 32, 64) | _of("0123456789ABCDEF", 32, 64) | _of(_ALPHANUMERIC, 40, 80)
digit_runs = _of(string.digits, 8, 20) | _of("٠١٢٣٤٥٦٧٨٩", 8, 12)
cards = st.builds(
    lambda digits, by: by.join(digits[at : at + 4] for at in range(0, 16, 4)), _of(string.digits, 16, 16),
    st.sampled_from([" ", "-"]),
)  # fmt: skip
telephones = st.builds(
    lambda form, digits: form.format(digits[:3], digits[3:6], digits[6:]),
    st.sampled_from(["+1 {} {} {}", "+1 ({}) {}-{}", "+40-{}-{}-{}", "+49 (0){} {} {}", "+1.{}.{}.{}"]),
    _of(string.digits, 10, 10),
)

BY_THEMSELVES = st.one_of(emails, web_tokens, keys, long_runs, digit_runs, cards, telephones)
"""Secrets that their own form tells."""

_SAID = ("password=", "pwd: ", '"apiKey": "', '{\\"access_token\\":\\"', "client-secret='", "Bearer ", "Cookie: sid=")
_WORDS = st.text(_LETTERS, min_size=8, max_size=16)

named = st.tuples(st.sampled_from([*_SAID, "Authorization: Digest ", "https://somebody:"]), _WORDS)
"""What comes before a secret of any form, and the secret."""

CONTEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "%", "%4", "%40", "@", "a@", "eyJ", "eyJx.", "1", "1 ", "12 ", "+", "12+", "token=", "token='", "://", ".",
         "-", "/", "://x@", "bearer", "Bearer ", "[token]", "[email]", "[", "]", "cookie:", "\\", '"', "'", "a.b.co"]
    ),
)  # fmt: skip
"""Text beside a secret, such as might hide it."""

TANGLES = st.lists(st.one_of(CONTEXTS, BY_THEMSELVES, st.sampled_from(_SAID)), max_size=12).map("".join)
"""Texts of secrets and of what looks like some."""


def encoded(secret: str, times: int) -> str:
    """Percent-encoded so many times over."""
    for _ in range(times):
        secret = quote(secret, safe="")
    return secret


Mask = Callable[[str], str]
