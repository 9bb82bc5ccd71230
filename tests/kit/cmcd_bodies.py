"""Bodies of CMCD as strategies: records that mean something, and what anybody may send instead."""

from typing import Final

from hypothesis import strategies as st

from ingest_gateway.media.keys import KEPT
from tests.kit.players import RECORDED_AT

NOW_MS: Final = RECORDED_AT // 1000
MOST_REPEATED: Final = 8 * 1024 // 9
KEYS: Final = (*KEPT, "cid", "sid", "sn", "ts", "v", "url", "nor", "x-y", "theo-u", "zz")
EVENTS: Final = ("ps", "t", "bc", "pr", "e", "rr")
STATES: Final = "spkraefqdw"

_small = st.integers(0, 70_000).map(str)
_numbers = st.lists(st.tuples(_small, st.sampled_from(["", ";v", ";a", ";av"])), max_size=3)
_lists = _numbers.map(lambda items: "({})".format(" ".join(number + kind for number, kind in items)))
_text = st.text(st.characters(codec="utf-8", exclude_characters="\n"), max_size=12)
_texts = _text.map(lambda text: '"{}"'.format(text.replace("\\", "\\\\").replace('"', '\\"')))
_values = st.one_of(
    _small,
    _small,
    st.integers(0, 10**15 - 1).map(str),
    _lists,
    _lists,
    st.sampled_from([*STATES, *EVENTS, "um", "v", "l", "ll", "h", "?1", "?0"]),
    _texts,
    st.sampled_from(["1.5", "16.25", '"27"']),
)
RECORDS: Final = st.builds(
    lambda event, state, said: ",".join(
        [f'sid="s",ts={NOW_MS},e={event},sta={state}', *(f"{key}={value}" for key, value in said)]
    ),
    st.sampled_from(EVENTS),
    st.sampled_from(STATES),
    st.lists(st.tuples(st.sampled_from(KEYS), _values), max_size=8),
)
"""Each can be taken, unless a member of its tail says otherwise."""

REPEATED: Final = st.one_of(
    st.sampled_from([',a=("\\"', ',a;"\\"', ',a="\\"', ',a=(" "']), st.text(',a=";(\\) %', min_size=1, max_size=9)
)
"""What a reader may be made to read again and again."""
_pieces = ['"', "\\", "(", ")", ",", ";", "=", "a", "a=", ',a="', ",a=(", '("', '\\"', "%", "\n", "ü", " ", "9" * 400]
HOSTILE: Final = st.one_of(
    st.binary(max_size=400),
    st.text(max_size=300).map(str.encode),
    st.lists(RECORDS, max_size=5).map("\n".join).map(str.encode),
    st.lists(st.sampled_from(_pieces) | RECORDS, max_size=60).map("".join).map(str.encode),
    st.builds(lambda part, times: (part * times).encode(), REPEATED, st.integers(1, MOST_REPEATED)),
)
