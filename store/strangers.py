"""Events of organisations that nobody here connected: shown once, by the provider's own name."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from store import exceptions
from store.connections import mac_purpose
from store.session import keys_of


def tell(s: Session, provider: str, named: str, tenant_id: str, now: datetime) -> None:
    """Show a person that an event came of a tenant nobody connected, or of none at all."""
    if not tenant_id:
        exceptions.open_exception(
            s,
            None,
            kind="no_tenant",
            subject=provider,
            title=f"{named} sent an event that names no organisation",
            detail="Nobody can read it, or it comes from an account's own webhook. It is kept.",
            fix="Connect that account by pasting its key; several accounts need the app's webhook.",
            now=now,
        )
        return
    mac = keys_of(s).mac(tenant_id, mac_purpose(provider))
    exceptions.open_exception(
        s,
        None,
        kind="unknown_tenant",
        subject=f"{provider}:{mac[:16]}",
        title=f"{named} told of an organisation that nobody here connected",
        detail="The event is kept and ignored.",
        fix="If the organisation was disconnected here, disconnect it at the provider too.",
        now=now,
    )
