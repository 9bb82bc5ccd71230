"""Lanes: jobs of one are done one after the other, lanes run beside each other, so a long film delays no upkeep."""

from enum import StrEnum


class Lane(StrEnum):
    """What waits for each other."""

    UPKEEP = "upkeep"
    """What keeps tables and log fit; a few seconds each."""
    FILM = "film"
    """What takes minutes and a core; as many at once as the settings say."""
    FETCH = "fetch"
    """What waits for a server of somebody else; seconds to minutes, and hardly any of it a core's."""
    ASSEMBLY = "assembly"
    """What makes videos of what captured sessions sent; seconds to minutes of a core, and somebody waits for it."""
    ERASURE = "erasure"
    """What people are forgotten by; it reads all that there is, and holds up no settling."""
