"""Compiled functions as the Python that they were compiled from, so that a fuzzer sees which way they go."""

from collections.abc import Callable
from functools import cache
from types import FunctionType, ModuleType
from typing import Any, TypeVar, cast

import numpy as np
from numba.core.dispatcher import Dispatcher

T = TypeVar("T")


def _numbers_of(body: bytes, _: type) -> list[int]:
    return list(body)


def _zeros(shape: Any, dtype: type) -> Any:
    return [0] * shape if isinstance(shape, int) and dtype is np.int64 else np.zeros(shape, dtype)


class Wide(ModuleType):
    """numpy, but that bytes are numbers of Python, which do not overflow: in compiled code all are of 64 bits.

    What counts is lists of such, which are many times as fast by the element.
    """

    def __init__(self) -> None:
        super().__init__("numpy")
        self.__dict__.update(vars(np), frombuffer=_numbers_of, zeros=_zeros)


_NUMPY = Wide()


def plain(function: Callable[..., T], instrumented: Callable[[FunctionType], object]) -> Callable[..., T]:
    """A copy of a function and of all compiled ones that it calls; `instrumented` is handed each that was compiled."""

    @cache
    def copied(source: FunctionType) -> FunctionType:
        names = dict(source.__globals__)
        copy = FunctionType(source.__code__, names, source.__name__, source.__defaults__)
        for name in source.__code__.co_names:
            if name in names:
                names[name] = known(names[name])
        return copy

    def known(value: Any) -> Any:
        if isinstance(value, Dispatcher):
            made = copied(value.py_func)
            instrumented(made)
            return made
        if value is np:
            return _NUMPY
        return value.tolist() if isinstance(value, np.ndarray) else value

    def called(*given: Any) -> T:
        with np.errstate(over="ignore"):
            return cast(T, made(*given))

    made = copied(cast(FunctionType, function))
    return called
