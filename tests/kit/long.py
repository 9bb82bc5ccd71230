"""What takes minutes by itself, and whose ways a shorter test goes on every run."""

import os

import pytest

LONG = pytest.mark.skipif(not os.environ.get("KINELAKE_TEST_LONG"), reason="minutes long: KINELAKE_TEST_LONG=1 runs it")
