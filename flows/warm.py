"""Compiles what streams fold with ahead of the first start: `python -m flows.warm`.

numba keeps what it compiled beside the source, for every process that comes; without it the first flow of a fresh
checkout compiles for many seconds before its first commit. A stream has `compile_ahead` in `flows/{stream}/warm.py`.
"""

from schemas.shared.discovery import declared_in


def main() -> None:
    """Every stream's, one after the other."""
    for compile_ahead in declared_in("flows", "compile_ahead", "warm").values():
        compile_ahead()


if __name__ == "__main__":
    main()
