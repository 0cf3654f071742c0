"""Carrying a stand-in's webhooks to the product, with the vendor's own retry table."""

from __future__ import annotations

import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from sandbox.shelf import Post, Shelf

    # Sends one delivery and gives the HTTP status; raises OSError when nobody answers.
    Carrier = Callable[[Post], int]


def over_http(url: str, timeout: float = 10.0) -> Carrier:
    """Make a carrier that posts to a loopback address."""
    parts = urlsplit(url)

    def carry(post: Post) -> int:
        connection = http.client.HTTPConnection(parts.netloc, timeout=timeout)
        try:
            connection.request("POST", parts.path, body=post.body, headers=post.headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    return carry


def deliver(
    shelf: Shelf, now: datetime, carry: Carrier, retries: Sequence[timedelta], ok: range
) -> int:
    """Send every delivery that is due by `now`; gives how many were accepted.

    A refusal or silence puts the delivery back by the vendor's table `retries`; behind its end the
    vendor gives up.
    """
    accepted = 0
    for post in shelf.post(until=now):
        try:
            status = carry(post)
        except OSError:
            status = 0
        if status in ok:
            shelf.posted(post.seq, "delivered")
            accepted += 1
        elif post.attempt < len(retries):
            shelf.posted(post.seq, "waiting", due=now + retries[post.attempt])
        else:
            shelf.posted(post.seq, "given up")
    return accepted
