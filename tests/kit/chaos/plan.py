"""What is drawn from the seed: who is killed when, and for how long a broker stays away."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random, SystemRandom

ROUNDS = int(os.environ.get("KINELAKE_CHAOS_ROUNDS", "20"))
BROKER = "broker"


@dataclass(frozen=True)
class Kill:
    """`wait` seconds after the last kill the victim dies; it is started again `away` seconds later.

    `recovered`: only once clients have been answered with a 2xx again; else whatever is still down.
    """

    wait: float
    recovered: bool
    victim: str
    away: float


def seed() -> int:
    """KINELAKE_CHAOS_SEED, or a new one; printed, so that a failure can be run again."""
    given = os.environ.get("KINELAKE_CHAOS_SEED")
    drawn = int(given) if given else SystemRandom().randrange(2**32)
    print(f"KINELAKE_CHAOS_SEED={drawn}")
    return drawn


def kills(random: Random, victims: Sequence[str], rounds: int) -> list[Kill]:
    """Victims in turns of drawn order, so that each of them dies about equally often."""
    order = [victim for _ in range(-(-rounds // len(victims))) for victim in random.sample(victims, len(victims))]
    return [
        Kill(random.uniform(0.2, 2.2), random.random() < 0.6, victim, random.uniform(0.0, 0.8))
        for victim in order[:rounds]
    ]
