"""Secrets that a data folder makes for itself: a file each, which nobody but its owner reads."""

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def secret_file(path: Path, make: Callable[[], bytes]) -> bytes:
    """What the file holds, made on first use: folder 0700, file 0600; processes racing for it get the same one."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write_once(path, make())
    return path.read_bytes()


def _write_once(path: Path, content: bytes) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        # a link appears with its whole content, and never replaces the winner's
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()
