"""Two answers for whoever keeps the process running: it lives, and it can do its work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy.exc import SQLAlchemyError

from store.schema import at_head
from web.visit import looking

if TYPE_CHECKING:
    from flask import Flask

pages = Blueprint("health", __name__)
Plain = tuple[str, int, dict[str, str]]
TEXT = {"Content-Type": "text/plain; charset=utf-8"}


@pages.get("/livez")
def live() -> Plain:
    """Say that the process answers."""
    return "ok\n", 200, TEXT


@pages.get("/readyz")
def ready() -> Plain:
    """Say whether the database answers and has today's tables."""
    try:
        with looking() as s:
            current = at_head(s.get_bind().engine)
    except SQLAlchemyError as error:
        return f"the database does not answer ({type(error).__name__})\n", 503, TEXT
    if not current:
        return "the tables are not up to date; run `dunnock migrate`\n", 503, TEXT
    return "ok\n", 200, TEXT


def register(app: Flask) -> None:
    """Bring the answers into the application."""
    app.register_blueprint(pages)
