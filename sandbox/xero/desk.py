"""Where the books are worked on: every change is one transaction and one webhook batch."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sandbox.xero.books import Books
from sandbox.xero.hooks import Hooks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from sandbox.shelf import Doc, Shelf


class Desk:
    """The books of a stand-in with its webhook."""

    def __init__(
        self, shelf: Shelf, clock: Callable[[], datetime], webhook_key: str, public_url: str
    ) -> None:
        self.shelf = shelf
        self.clock = clock
        self.books = Books(shelf, clock)
        self.hooks = Hooks(self.books, webhook_key, public_url)

    @contextmanager
    def change(self) -> Iterator[None]:
        """Change the books in one transaction; what changed goes out as one webhook batch."""
        try:
            with self.shelf.change():
                yield
                self.hooks.write()
        except BaseException:
            self.books.rolled_back()
            raise

    def set_fields(self, tenant: str, kind: str, key: str, **fields: Any) -> None:  # noqa: ANN401
        """Change fields of a document."""
        with self.change():
            doc = self.doc(tenant, kind, key)
            doc.update(fields)
            self.books.keep(tenant, kind, doc)

    def doc(self, tenant: str, kind: str, key: str) -> Doc:
        """Give a document; KeyError when there is none."""
        found = self.books.find(tenant, kind, key)
        if found is None:
            raise KeyError(f"{kind} {key}")
        return found
