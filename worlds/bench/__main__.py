"""Runs the bench from a checkout: python -m worlds.bench."""

from __future__ import annotations

from worlds.bench.commands import bench

if __name__ == "__main__":
    bench()
