"""Writing a file so that it is whole or not there, and never another one is lost for it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def put(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file beside its place and then put it there; a link to it stays one.

    What is no file but a device or a pipe is written to as it is. Raises OSError with the file's
    name, and then leaves nothing behind.
    """
    place = path.resolve()
    try:
        if place.exists() and not place.is_file():
            _write(place, "wb", chunks)
        else:
            _replace(place, chunks)
    except OSError as error:
        # Where writing itself fails, as on a full disk, Python does not say of which file.
        error.filename = error.filename or str(path)
        raise


def _write(path: Path, mode: str, chunks: Iterable[bytes]) -> None:
    with path.open(mode) as file:
        file.writelines(chunks)


def _replace(place: Path, chunks: Iterable[bytes]) -> None:
    part = place.with_name(f"{place.name}.{os.getpid()}.part")
    # Made anew: a file that is called so already is somebody's.
    part.open("xb").close()
    try:
        _write(part, "wb", chunks)
        part.replace(place)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
