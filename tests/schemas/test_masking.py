"""Masking: no secret of a kind that it names comes through, nothing else is lost, and no text takes long."""

import base64
import time
import uuid
from random import Random
from urllib.parse import unquote

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from schemas.shared.long_numbers import DIGITS
from schemas.shared.masking import EMAIL, TOKEN, mask_of, masked_text, masked_url
from tests.kit.secrets import BY_THEMSELVES, CONTEXTS, TANGLES, encoded, named

KIB = 1024
MOST_SECONDS = 1.0
"""Of the processor for 64 KiB: some 0.03 s; what takes the square of the length takes minutes."""


@given(CONTEXTS, BY_THEMSELVES, CONTEXTS)
@settings(max_examples=1000, deadline=None)
def test_a_secret_is_found_whatever_surrounds_it(before: str, secret: str, after: str) -> None:
    assume(secret not in before + after)
    assert secret not in masked_text(before + secret + after)


@given(CONTEXTS, named, st.sampled_from(["", " ", "&a=1", '"}', '\\"}', "\n", ", "]))
@settings(max_examples=500, deadline=None)
def test_what_stands_behind_a_telling_name_is_found_whatever_it_looks_like(
    before: str, said: tuple[str, str], after: str
) -> None:
    name, secret = said
    assume(secret not in before)
    closing = "@host/" if name.startswith("https:") else after
    assert secret not in masked_text(f"{before}{name}{secret}{closing}")


@given(TANGLES)
@example("00000000A0000000=A0000000A0a")
@settings(max_examples=1000, deadline=None)
def test_masking_what_is_masked_changes_nothing(text: str) -> None:
    once = masked_text(text)
    assert masked_text(once) == once


@given(TANGLES)
@example("://00000000 %40")
@settings(max_examples=500, deadline=None)
def test_masking_a_masked_url_changes_nothing(text: str) -> None:
    once = masked_url(f"/library?q={text}")
    assert masked_url(once) == once


@given(BY_THEMSELVES, st.integers(0, 3), st.sampled_from(["/p?q={}", "/p?{}=1", "/p?a=1&b={}#x", "#{}", "/p#/x?y={}"]))
@settings(max_examples=800, deadline=None)
def test_a_secret_in_a_query_or_fragment_is_found_however_often_it_is_encoded(
    secret: str, times: int, url: str
) -> None:
    assume(times > 0 or not set(secret) & set("%&=;#?+"))
    masked = masked_url(url.format(encoded(secret, times)))
    for _ in range(times + 1):
        assert secret not in masked
        masked = unquote(masked)


@given(st.text(st.characters(exclude_characters="?#&;@"), max_size=60), TANGLES)
@settings(max_examples=300, deadline=None)
def test_the_path_of_a_url_stays(path: str, text: str) -> None:
    assert masked_url(f"{path}?q={text}").startswith(f"{path}?")
    assert masked_url(path) == path


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://me:hunter2@clinic.example/plan", f"https://{TOKEN}@clinic.example/plan"),
        ("/plan?email=zoe%40example.com&page=2", f"/plan?email={EMAIL}&page=2"),
        ("/plan#access_token=abcdefgh;lang=de", f"/plan#access_token={TOKEN};lang=de"),
        ("/oauth?code=4&state=5&author=maria", f"/oauth?code={TOKEN}&state=5&author=maria"),
        ("https://me:p@s;s&w@clinic.example/plan?page=2", f"https://{TOKEN}@clinic.example/plan?page=2"),
        ("//me:hunter2@clinic.example/plan", f"//{TOKEN}@clinic.example/plan"),
        ("/plan;jsessionid=abc;v=2", f"/plan;jsessionid={TOKEN};v=2"),
        ("/plan?X-Amz-Signature=abc&phone=%2B1+555+123+4567", f"/plan?X-Amz-Signature={TOKEN}&phone=+1{DIGITS}"),
        ("/plan?iban=NL91+ABNA+0417+1643+00", f"/plan?iban={DIGITS}"),
        ("/r?to=https%3A%2F%2Fx.example%2F%3Fq%3D12345678", f"/r?to=https://x.example/%3Fq%3D{DIGITS}"),
    ],
)
def test_what_is_masked_leaves_the_rest_of_a_url(url: str, kept: str) -> None:
    assert masked_url(url) == kept


def test_a_parameter_encoded_more_often_than_anybody_reads_is_masked_whole() -> None:
    assert masked_url(f"/p?q={encoded('a@b.co', 9)}&page=2") == f"/p?q={TOKEN}&page=2"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("user zoë@bücher.example is unknown", f"user {EMAIL} is unknown"),
        ("GET https://x.example/?email=a%40b.co&p=1 failed", f"GET https://x.example/?email={EMAIL}&p=1 failed"),
        ("password=hunter2&page=2", f"password={TOKEN}&page=2"),
        ('{"password": "hunter 2, or 3", "page": 2}', f'{{"password": "{TOKEN}", "page": 2}}'),
        ("Authorization: Basic dXNlcjpwYXNz\nAccept: */*", f"Authorization: {TOKEN}\nAccept: */*"),
        ("https://me:hunter2@files.example/x", f"https://{TOKEN}@files.example/x"),
        ("key wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", f"key {TOKEN}"),
        ("key AKIAIOSFODNN7EXAMPLE", f"key {TOKEN}"),
        ("card 4111 1111 1111 1111 declined", f"card {DIGITS} declined"),
        ("card 4111.1111.1111.1111 declined", f"card {DIGITS} declined"),
        ("card 4111\u00a01111\u00a01111\u00a01111 declined", f"card {DIGITS} declined"),
        ("call +40 721 123 456", f"call {DIGITS}"),
        ("call +1 (555) 123-4567, please", f"call +1 {DIGITS}, please"),
        ("call +49 (0)30 1234 5678", f"call {DIGITS}"),
        ("call (555) 123-4567", f"call {DIGITS}"),
        ("call 555-123-4567", f"call {DIGITS}"),
        ("call 555.123.4567.", f"call {DIGITS}."),
        ("call 0721 123 456", f"call {DIGITS}"),
        ("SSN 123-45-6789", f"SSN {DIGITS}"),
        ("IBAN NL91 ABNA 0417 1643 00 refused", f"IBAN {DIGITS} refused"),
        ("IBAN MT84MALT011000012345MTLCAST001S refused", f"IBAN {DIGITS} refused"),
        ("user o'brien@example.com is unknown", f"user {EMAIL} is unknown"),
        ("'zoe@example.com' is unknown", f"'{EMAIL}' is unknown"),
        ("zoe@example.com'max@example.com are unknown", f"{EMAIL} are unknown"),
        ('user "zoe b"@example.com is unknown', f"user {EMAIL} is unknown"),
        ("user zoe\\u0040example.com is unknown", f"user {EMAIL} is unknown"),
        ("user zoe&#64;example.com is unknown", f"user {EMAIL} is unknown"),
        ("user zoe\uff20example.com is unknown", f"user {EMAIL} is unknown"),
        ("https://me:p@ss@files/x", f"https://{TOKEN}@files/x"),
        ('{"otp": "123456"}', f'{{"otp": "{TOKEN}"}}'),
        ("patient 1234567890123", f"patient {DIGITS}"),
    ],
)
def test_what_is_masked_leaves_the_rest_readable(said: str, kept: str) -> None:
    assert masked_text(said) == kept


HARMLESS = """TypeError: Cannot read properties of undefined (reading 'duration')
    at VideoPlayer.handleLoadedMetadata (webpack-internal:///./src/components/VideoPlayer2/hooks/useFetchWithRetry.ts:123:45)
    at HTMLUnknownElement.callCallback (https://app.example/static/js/main.3f2a91bc4d5e6f708192.chunk.js:2:1048576)
    at commitRoot (https://app.example/node_modules/.pnpm/react-dom@18.2.0_react@18.2.0/react-dom.development.js:4213:16)
fetchData@https://app.example/assets/index-BxK9d2Lq.js:10:5
    at java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1136)
    at org.springframework.security.web.authentication.UsernamePasswordAuthenticationFilter.doFilter(Filter.java:110)
  File "/usr/lib/python3.11/site-packages/urllib3/connectionpool.py", line 703, in urlopen
-[__NSCFConstantString objectAtIndexedSubscript:]: unrecognized selector sent to instance 0x600003a8c0f0
expected 10 000 000 bytes, got (1024) 768, on 17-02-2026 10:00:00 +02:00 in version 10.0.19045.3930
GET /static/2026/02/17/app.min.js HTTP/1.1 returned 503 after 30000 ms, retry 3 of 5, AB12 CDEF GHIJ KLMN
Unexpected token < in JSON at position 0 of how-to-do-it-in-a-day-or-two
media 550e8400-e29b-41d4-a716-446655440000 at 2026-02-17T10:00:00.123456Z and 2026-02-17 10:00, 192.168.100.200:8080"""


@pytest.mark.parametrize("line", HARMLESS.splitlines())
def test_what_says_where_in_the_code_it_happened_stays(line: str) -> None:
    assert masked_text(line) == line


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/library",
        "/library?filter=neck_pain&page=2&author=maria",
        "/plan/a@b?utm_campaign=spring-sale-2026-lower-back-relief-programme-for-all#weeks-3",
        "/play?id=550e8400-e29b-41d4-a716-446655440000&t=12.5&lang=de-DE&q=neck%20pain",
    ],
)
def test_a_url_without_secrets_stays_as_it_was_written(url: str) -> None:
    assert masked_url(url) == url


@given(st.uuids(), st.sampled_from([" ", "/", "=", "(", "'"]))
def test_a_uuid_that_stands_alone_is_an_id_and_stays(one: uuid.UUID, beside: str) -> None:
    assert masked_text(f"x{beside}{one}{beside}y") == f"x{beside}{one}{beside}y"


@pytest.mark.parametrize("octets", [24, 32, 48])
def test_what_is_drawn_by_lot_is_nearly_always_found(octets: int) -> None:
    drawn = Random(octets)
    secrets = [base64.b64encode(drawn.randbytes(octets)).decode() for _ in range(1000)]
    found = [secret for secret in secrets if secret not in masked_text(f"with {secret} in it")]
    assert len(found) >= 985


HOSTILE = (
    "a", "a.", "a@", "@", "@a.", "%", "%40", "%2540", "eyJ", "eyJ.", "eyJa.a.", "token", "token=", "token:", "token ",
    "token\\", "'", "bearer ", "bearer", "://", "://a", "://a@", "1", "1 ", "11 ", "+1", "aB1", "aB1/", "/", "-", "_",
    "0a", "550e8400-", "cookie:", "cookie: a\n", "\u0660", "é", "=", "a%", ".a@a.", " ", "İ", "password=\"", "+11 ",
    "a'", '"', '"@', '"a', "A", "AB12", "AB12 ", "AB12 CD34 ", "+1(", "(12)", "1234.", "&#64;",
    "\\u0040", "//", "://@", "\uff20",
)  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_64_kib_of_anything_take_no_longer_than_of_anything_else(unit: str) -> None:
    text = (unit * (64 * KIB))[: 64 * KIB]
    began = time.thread_time()
    masked_text(text)
    masked_url(f"?{text}")
    assert time.thread_time() - began < MOST_SECONDS


@given(st.lists(st.sampled_from(HOSTILE), min_size=1, max_size=6).map("".join))
@settings(max_examples=60, deadline=None)
def test_nor_do_mixtures(unit: str) -> None:
    test_64_kib_of_anything_take_no_longer_than_of_anything_else(unit)


def test_a_mask_gives_the_fields_themselves_back_where_nothing_is_masked() -> None:
    mask = mask_of(texts=("words",), urls=("url",))
    fields = {"words": "fine", "url": "/a?b=c", "other": "a@b.co"}
    assert mask(fields) is fields
    assert mask({**fields, "words": "a@b.co"}) == {**fields, "words": EMAIL}
    assert mask({"other": 1}) == {"other": 1}
