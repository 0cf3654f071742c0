"""Remittance advices handed in by a member, beside the matches they help to find."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, flash, redirect, request, url_for

from flows import remittances
from web.visit import organisation, site, who

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

pages = Blueprint("advices", __name__, url_prefix="/o/<public_id>/matches/advices")


@pages.post("")
def upload() -> Response:
    """Take files in; each says for itself what was read of it."""
    handed = [one for one in request.files.getlist("file") if one.filename]
    for one in handed:
        name, body = one.filename or "", one.read()
        one.close()
        try:
            taken = remittances.take(site().tools, organisation().id, name, body, who=who())
        except ValueError as error:
            flash(f"{name}: {error}.", "error")
            continue
        for advice, is_new in taken:
            said = remittances.said(advice, is_new=is_new)
            flash(f"{name}: {said}", "error" if advice.problem else "message")
    if not handed:
        flash("Choose a file first.", "error")
    return redirect(url_for("matches.show"))
