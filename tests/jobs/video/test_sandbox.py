"""A probe that dies of its limits is a film refused; one that dies of anything else says nothing about the film."""

import pytest
from structlog.testing import capture_logs

from jobs.video.faults import ProbeDied, VideoRefused
from jobs.video.limits import Limit
from jobs.video.sandbox import answer

MODULE = "tests.kit.dying"


@pytest.mark.parametrize(("how", "limit"), [("memory", Limit.PROBE_MEMORY), ("time", Limit.PROBE_TIME)])
def test_a_limit_is_named(how: str, limit: Limit) -> None:
    with pytest.raises(VideoRefused) as refused:
        answer(MODULE, [how])
    assert refused.value.limit == limit


@pytest.mark.parametrize(
    ("how", "told", "words"),
    [
        ("crash", "was killed by SIGSEGV; that need not be the film's fault", ""),
        ("kill", "was killed by SIGKILL; memory may have run out: free some and try again", ""),
        ("import", "ended with exit code 1; that need not be", "ImportError: libavcodec.so.61: cannot open"),
        ("silence", "gave no answer; that need not be", ""),
    ],
)
def test_any_other_end_is_told_as_what_it_was_with_its_last_words_in_the_log(how: str, told: str, words: str) -> None:
    with capture_logs() as lines, pytest.raises(ProbeDied) as died:
        answer(MODULE, [how])
    assert told in str(died.value)
    assert "not a video" not in str(died.value)
    (line,) = lines
    assert (line["event"], line["log_level"], words in line["last_words"]) == ("child_died", "error", True)
