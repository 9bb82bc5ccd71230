"""Which analysis it is, as rows, sessions and documents say it."""

from typing import Final

ANALYSIS_VERSION: Final = "1.1"
"""The analysis, and the rules of its texts (motion.documents.threads.RULES_VERSION).

The first number grows with whatever changes what is found in a film; a test keeps what this version finds.
"""
