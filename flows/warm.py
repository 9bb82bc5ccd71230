"""Compiles what streams fold with, and the rules of devices, ahead of the first start: `python -m flows.warm`.

numba keeps what it compiled beside the source, for every process that comes; without it the first flow of a fresh
checkout compiles for many seconds before its first commit. A stream has `compile_ahead` in `flows/{stream}/warm.py`.
"""

from flows.steps.device import compiling_rules
from schemas.shared.discovery import declared_in


def main() -> None:
    """Every stream's, one after the other, while the rules are compiled."""
    rules = compiling_rules()
    for compile_ahead in declared_in("flows", "compile_ahead", "warm").values():
        compile_ahead()
    rules.join()


if __name__ == "__main__":
    main()
