"""Consent, sealed tokens, refresh under a lease, disconnect; the only way to a provider.

`open_books(opener, connection)` is that way. Everything else here leads to it or ends it.
"""

from __future__ import annotations

from oauth.binding import Asker
from oauth.books import open_books
from oauth.client import Client
from oauth.disconnect import disconnect, still_there
from oauth.opener import Opener
from oauth.refusal import ConsentError
from oauth.routes import Places, make_blueprint

__all__ = [
    "Asker",
    "Client",
    "ConsentError",
    "Opener",
    "Places",
    "disconnect",
    "make_blueprint",
    "open_books",
    "still_there",
]
