"""The DejaVu fonts that matplotlib brings: they have every letter of the six languages."""

from pathlib import Path


def font(name: str) -> Path:
    """The file of one of them, such as DejaVuSans-Bold."""
    # imported by who draws: a process that only names pictures starts without it
    import matplotlib

    return Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
