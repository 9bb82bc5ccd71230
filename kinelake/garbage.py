"""The garbage collector while a process starts: what is imported is none, and need not be looked through again."""

import gc

OBJECTS_BEFORE_COLLECTION = 50_000
"""At a start; looking after each 700 took a tenth of it.

While requests are answered as well: those in flight are a few thousand objects that come and go, and looking through
them again and again, for cycles that answering makes next to none of, took a tenth of the CPU.
"""
AS_PYTHON_HAS_IT = gc.get_threshold()


def starting() -> None:
    """From here on modules are imported."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)


def started() -> None:
    """What is there stays to the end and is never looked at; what comes is collected as ever."""
    gc.freeze()
    gc.set_threshold(*AS_PYTHON_HAS_IT)


def serving() -> None:
    """From here on requests are answered."""
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
