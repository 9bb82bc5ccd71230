"""What people pay for, and what of a session's documents that opens."""

from typing import Final

PLANS: Final = ("none", "Basic", "Standard", "Pro", "Enterprise")
"""From the least to the most; each opens what those before it do."""


def at_least(least: str) -> frozenset[str]:
    """That plan and those above it."""
    return frozenset(PLANS[PLANS.index(least) :])
