"""Masking: what tells who a person is or opens a door is taken out of a text before the text lies on the log.

What is masked, and what stands in its place:

- `[email]`: e-mail addresses, also with a quoted name, percent-encoded, or with an @ that HTML or JSON has escaped
- `[token]`: what stands behind a name such as password, token or api_key, in a header that authenticates, behind
  Bearer, or between :// and @; JSON web tokens; keys by their vendors' prefixes; 32 hexadecimal digits or 40 letters
  and digits without a break; from 20 characters on what looks drawn by lot
- `[digits]`: numbers of cards, accounts and telephones (`schemas.shared.long_numbers`)

A UUID that stands alone is an id and stays. Masking what is masked changes nothing. A text costs time in proportion to
its length, whatever is in it: every expression takes the whole run that it begins in, and none goes back over it.

Names: the default list of Sentry's data scrubbing. Prefixes: GitHub's secret scanning patterns.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from re import Match, Pattern
from typing import Any, Final, TypeAlias
from urllib.parse import quote, unquote

from schemas.shared.long_numbers import SHORTEST_RUN, numbers_masked

EMAIL: Final = "[email]"
TOKEN: Final = "[token]"

SHORTEST_DRAWN: Final = 20
"""Characters of what may be drawn by lot: 20 of 64 kinds are 120 bits."""
LEAST_CHANGES: Final = 0.36
"""Changes between lower case, upper case and digit by character: words have fewer, what is drawn by lot about 0.62."""
MOST_ENCODED: Final = 5
"""How many times over a parameter may be percent-encoded; nobody reads further, so more is masked as a whole."""
LONGEST_ADDRESS: Final = 1024
"""Characters of what may be an address, however encoded; a longer run is none, or hides one."""

Rule: TypeAlias = Callable[[Match[str]], str]

_NAME: Final = (
    "(?:[Pp](?i:ass(?:w(?:or)?d|phrase)|wd|rivate[_-]?key)|[Ss](?i:ecret)|[Tt](?i:oken)"
    "|[Aa](?i:pi[_-]?key|ccess[_-]?key|uth)|[Cc](?i:redentials?)|[Jj](?i:wt)|[Oo](?i:tp))"
)
"""Begins with a letter in either case, which is found ten times faster than a word in any."""
_HEADER_NAME: Final = "(?:[Aa](?i:uthorization)|[Cc](?i:ookie))"
_BEHIND: Final = r"""\\*+["']?+\s*+[:=]\s*+"""
_SECRET_NAME: Final = re.compile(rf"(?:{_NAME}|{_HEADER_NAME})\Z")
_SECRET_PARAMETERS: Final = frozenset({
    "code", "jsessionid", "key", "oobcode", "phpsessid", "pin", "sid", "sig", "signature", "ticket", "x-amz-signature",
    "x-goog-signature",
})  # fmt: skip
"""Names that mean a secret in a URL alone: of OAuth, of sessions, of signed links, of one-time links."""

_BEFORE: Final = re.compile(
    rf"""(?P<line>{_HEADER_NAME}{_BEHIND}(?:\\*+["'])?+)|(?P<bare>{_NAME}{_BEHIND})(?P<quoted>\\*+["'])?+"""
    r"""|(?P<bearer>[Bb](?i:earer)\s++)|(?P<host>://)"""
)
"""What stands before a secret; its value, by what it is, follows."""
_VALUES: Final[Mapping[str, Pattern[str]]] = {
    "line": re.compile(r"""[^"'\\\r\n]++"""),
    "quoted": re.compile(r"""[^"'\\\r\n]++"""),
    "bare": re.compile(r"""[^\s"'\\&;,)}<>]++"""),
    "bearer": re.compile(r"""[^\s"'\\,;<>]++"""),
    "host": re.compile(r"[^/?#\s]+(?=@)"),
}
_CREDENTIALS: Final = re.compile(r"(?P<before>(?:\A|:)//)[^/?#\s]+(?=@)")
"""Up to the last @, since a password may have one (WHATWG URL, authority state)."""
_AT: Final = "@\uff20\ufe6b"
"""As it is, and as wide and small forms of it."""
_ADDRESS: Final = re.compile(
    rf"(?<![\w.+{_AT}%-])(?<!\w')[\w.+-]*+(?:(?<=\w)'[\w.+-]++)*+[{_AT}%][\w.+{_AT}%-]*+(?:'[\w.+{_AT}%-]++)*+"
)
"""A run that may be, or may hold, an address; an apostrophe within it belongs to it."""
_AT_DOMAIN: Final = re.compile(rf"[{_AT}][\w.-]*\.[^\W\d_]{{2}}")
"""Versions of packages (react@18.2.0) are none: the last part of a domain begins with letters."""
_QUOTED_ADDRESS: Final = re.compile(r'"[^"\r\n]{1,64}"@[\w-]++(?:\.[\w-]++)++')
"""Its name in quotes, which may have blanks (RFC 5321, 4.1.2)."""
_ESCAPED_ADDRESS: Final = re.compile(r"(?<![\w.+-])[\w.+-]++(?:[\\%]++u0040|&#(?:0*64|[Xx]0*40);|&commat;)[\w.-]++")
"""Its @ as JSON, JavaScript or HTML may write it."""
_JWT: Final = re.compile(r"eyJ[A-Za-z0-9_-]*+(?:\.[A-Za-z0-9_-]*+)*+")
_DRAWN: Final = re.compile(rf"(?<![A-Za-z0-9_+/=-])[A-Za-z0-9_+/=-]{{{SHORTEST_DRAWN},}}+")
_TELLING: Final = re.compile(r"[0-9]|[A-Za-z]{16}")
"""Without either of these, a run is words."""
_KEY: Final = re.compile(
    r"(?:[prs]k_(?:live|test)_|sk-(?:ant|proj|svcacct)-|whsec_|gh[opsur]_|github_pat_"
    r"|glpat-|xox[abeprs]-|AIza|npm_|hf_|AKIA|ASIA)[A-Za-z0-9-]{16}"
)
_LONG: Final = re.compile(r"[0-9A-Fa-f]{32}|[A-Za-z0-9]{40}")
_HEX: Final = re.compile(r"[0-9A-Fa-f-]+")
_BREAKS: Final = str.maketrans("", "", "_+/=-")
_ALIKE: Final = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_PARAMETERS: Final = re.compile(r"([?#&;])")
_WORD: Final = re.compile(rf"[A-Za-z_-]{{0,{SHORTEST_DRAWN - 1}}}|[A-Za-z0-9_.-]{{0,{SHORTEST_RUN - 1}}}")
"""Most names and values of a query, in which nothing is masked."""


def masked_text(text: str) -> str:
    """The text without what the module masks; the same text where there is nothing of it."""
    if _WORD.fullmatch(text):
        return text
    text = _behind_names_masked(text)
    for signs, pattern, rule in _STEPS:
        if not signs or any(sign in text for sign in signs):
            text = pattern.sub(rule, text)
    without_numbers = numbers_masked(text)
    # what a number was part of is judged again without it
    return text if without_numbers == text else _DRAWN.sub(_drawn_masked, without_numbers)


def masked_url(url: str) -> str:
    """The URL or path with its query and its fragment masked, parameter by parameter, however they are encoded.

    Its path stays as it is, a name and password before the host do not.
    """
    if "@" in url:
        url = _CREDENTIALS.sub(rf"\g<before>{TOKEN}", url)
    head, *rest = _PARAMETERS.split(url)
    # separators and parameters by turns
    return head + "".join(_masked_parameter(part) if number % 2 else part for number, part in enumerate(rest))


class Masking:
    """A stream's mask: it looks at its columns and at no other; the fields themselves where nothing is masked."""

    def __init__(self, rules: Mapping[str, Callable[[str], str]]) -> None:
        self._rules = tuple(rules.items())
        self.columns = frozenset(rules)

    def __call__(self, fields: Mapping[str, Any]) -> Mapping[str, Any]:
        """The fields with these columns masked."""
        changed = {}
        for name, rule in self._rules:
            said = fields.get(name)
            if said and (kept := rule(said)) != said:
                changed[name] = kept
        return {**fields, **changed} if changed else fields


def mask_of(texts: Iterable[str] = (), urls: Iterable[str] = ()) -> Masking:
    """The mask of columns of text and of URLs."""
    return Masking({**dict.fromkeys(texts, masked_text), **dict.fromkeys(urls, masked_url)})


def _masked_parameter(part: str) -> str:
    name, equals, value = part.partition("=")
    if value and _is_secret(name):
        return f"{_masked_encoded(name)}={TOKEN}"
    return f"{_masked_encoded(name)}{equals}{_masked_encoded(value)}"


def _is_secret(name: str) -> bool:
    plain = _decoded(name) or ""
    return plain.lower() in _SECRET_PARAMETERS or _SECRET_NAME.search(plain) is not None


def _masked_encoded(piece: str) -> str:
    """A name or value of a query, as it was where nothing in it is masked."""
    plain = _decoded(piece)
    if plain is None:
        return TOKEN
    masked = masked_text(plain)
    return piece if masked == plain else quote(masked, safe="[]/:+,")


def _decoded(text: str) -> str | None:
    """What a text says once no percent-encoding is left; None where it is encoded too many times over."""
    for _ in range(MOST_ENCODED):
        if "%" not in text or (plain := unquote(text)) == text:
            return text
        text = plain
    return text if unquote(text) == text else None


def _behind_names_masked(text: str) -> str:
    """The text with the values of what names a secret; a name may stand within another's value."""
    kept: list[str] = []
    done = 0
    reached = dict.fromkeys(_VALUES, 0)
    for name in _BEFORE.finditer(text):
        kind = str(name.lastgroup)
        # a value within one of its own kind ends where that one ends
        value = _VALUES[kind].match(text, name.end()) if name.end() >= reached[kind] else None
        if value is None:
            continue
        if value.start() > done:
            kept += (text[done : value.start()], TOKEN)
        reached[kind] = value.end()
        done = max(done, value.end())
    return "".join((*kept, text[done:]))


def _address_masked(match: Match[str]) -> str:
    if match[0].count("@") == 1 and match.string.startswith(f"{TOKEN}@", match.start() - len(TOKEN)):
        return match[0]  # a host, whose name and password are masked
    run = _decoded(match[0]) if len(match[0]) <= LONGEST_ADDRESS else None
    return EMAIL if run is None or _AT_DOMAIN.search(run) else match[0]


def _jwt_masked(match: Match[str]) -> str:
    """Header, claims and signature; the header says at least which algorithm."""
    parts = match[0].split(".")
    return TOKEN if len(parts) > 2 and max(map(len, parts)) >= len("eyJhbGciOiIi") else match[0]


def _drawn_masked(match: Match[str]) -> str:
    """A run, or of a path its parts, each judged by itself."""
    run = match[0]
    if not _TELLING.search(run):
        return run
    if _is_drawn(run):
        return TOKEN
    return "/".join(TOKEN if _is_key(part) else part for part in run.split("/"))


def _is_key(part: str) -> bool:
    return _LONG.search(part) is not None or _KEY.search(part) is not None or _is_drawn(part)


def _is_drawn(run: str) -> bool:
    """Whether it changes between lower case, upper case and digits as often as what is drawn by lot."""
    if len(run) < SHORTEST_DRAWN or _HEX.fullmatch(run):
        return False
    plain = run.translate(_BREAKS)
    alike = _ALIKE.findall(plain)
    kinds = {part[0].isdigit() * 2 + part[0].isupper() for part in alike}
    return len(kinds) == 3 and len(alike) >= LEAST_CHANGES * len(plain)


_STEPS: Final[tuple[tuple[Sequence[str], Pattern[str], Rule | str], ...]] = (
    (('"@',), _QUOTED_ADDRESS, EMAIL),
    (_AT + "%", _ADDRESS, _address_masked),
    (("u0040", "&#", "&commat;"), _ESCAPED_ADDRESS, EMAIL),
    ((), _JWT, _jwt_masked),
    ((), _DRAWN, _drawn_masked),
)
"""Signs that a text must have one of for a step to find anything, the step's expression, and what becomes of it."""
