"""Where the output goes: whole or not at all, and nothing else is lost for it."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import pytest

from flows.match_file.placed import put

if TYPE_CHECKING:
    from collections.abc import Iterator

CHUNKS = [b"one\n", b"two\n"]


def breaking() -> Iterator[bytes]:
    yield b"one\n"
    msg = "no space left"
    raise OSError(28, msg)


def test_a_file_is_replaced_when_it_is_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    put(out, CHUNKS)
    assert out.read_bytes() == b"one\ntwo\n"
    with pytest.raises(OSError, match="no space left") as failed:
        put(out, breaking())
    assert failed.value.filename == str(out)
    assert out.read_bytes() == b"one\ntwo\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_file_of_the_name_that_is_written_first_is_kept(tmp_path: Path) -> None:
    held = [tmp_path / "out.part", tmp_path / f"out.{os.getpid()}.part"]
    for one in held:
        one.write_bytes(b"mine")
    with pytest.raises(FileExistsError):
        put(tmp_path / "out", CHUNKS)
    assert [one.read_bytes() for one in held] == [b"mine"] * 2
    held[1].unlink()
    put(tmp_path / "out", CHUNKS)
    assert held[0].read_bytes() == b"mine"


def test_a_link_stays_one(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"old")
    link.symlink_to(real)
    put(link, CHUNKS)
    assert link.is_symlink()
    assert real.read_bytes() == b"one\ntwo\n"


def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    pipe, read = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = Thread(target=lambda: read.append(pipe.read_bytes()), daemon=True)
    reader.start()
    put(pipe, CHUNKS)
    reader.join(10)
    assert read == [b"one\ntwo\n"]
    assert pipe.is_fifo()
