"""A bookkeeper's hands on contacts and the groups they are in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.xero.books import make_id
from sandbox.xero.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.shelf import Doc


class People(Desk):
    """Controls for contacts."""

    def add_contact(  # noqa: PLR0913 - what a contact is
        self,
        tenant: str,
        name: str,
        email: str | None = None,
        *,
        persons: Sequence[tuple[str, str, bool]] = (),
        groups: Sequence[str] = (),
        currency: str = "",
        country: str = "",
        phone: str = "",
        account_number: str = "",
    ) -> str:
        """Add a customer; `persons` are (first name, e-mail, include in e-mails)."""
        with self.change():
            doc = {
                "id": self.books.new_id("Contacts"),
                "name": name,
                "email": email,
                "persons": [
                    {"FirstName": first, "EmailAddress": address, "IncludeInEmails": included}
                    for first, address, included in persons
                ],
                "groups": self._grouped(tenant, groups),
                "currency": currency or self.books.organisation(tenant)["base_currency"],
                "country": country,
                "phone": phone,
                "account_number": account_number,
                "status": "ACTIVE",
                "merged_into": None,
            }
            self.books.keep(tenant, "Contacts", doc)
        return str(doc["id"])

    def _grouped(self, tenant: str, names: Sequence[str]) -> list[dict[str, str]]:
        found = []
        for name in names:
            key = make_id(f"group/{tenant}/{name}")
            group: Doc = {"id": key, "name": name, "deleted": False}
            self.books.keep(tenant, "ContactGroups", group)
            found.append({"ContactGroupID": key, "Name": name, "Status": "ACTIVE"})
        return found

    def set_groups(self, tenant: str, contact_id: str, *names: str) -> None:
        """Put a contact into groups and out of all others; its time of change stays, it seems."""
        with self.change():
            contact = self.doc(tenant, "Contacts", contact_id)
            contact["groups"] = self._grouped(tenant, names)
            self.books.keep(tenant, "Contacts", contact, quiet=True)

    def delete_group(self, tenant: str, name: str) -> None:
        """Delete a contact group: nobody is in it any more, and no list names it."""
        with self.change():
            group = self.doc(tenant, "ContactGroups", make_id(f"group/{tenant}/{name}"))
            self.books.keep(tenant, "ContactGroups", group | {"deleted": True})
            for contact in self.books.all(tenant, "Contacts"):
                kept = [one for one in contact["groups"] if one["Name"] != name]
                if kept != contact["groups"]:
                    contact["groups"] = kept
                    self.books.keep(tenant, "Contacts", contact, quiet=True)

    def merge_contacts(self, tenant: str, contact_id: str, into: str) -> None:
        """Merge one contact into another: its documents move, itself is archived and points on."""
        with self.change():
            for kind in ("Invoices", "CreditNotes", "Overpayments", "Prepayments"):
                for doc in self.books.all(tenant, kind):
                    if doc["contact"] == contact_id:
                        doc["contact"] = into
                        self.books.keep(tenant, kind, doc)
            self.change_contact(tenant, contact_id, status="ARCHIVED", merged_into=into)

    def archive_contact(self, tenant: str, contact_id: str) -> None:
        """Archive a contact."""
        self.set_fields(tenant, "Contacts", contact_id, status="ARCHIVED")

    def change_contact(self, tenant: str, contact_id: str, **fields: Any) -> None:  # noqa: ANN401
        """Change a contact's name, email, phone, country or merged_into."""
        self.set_fields(tenant, "Contacts", contact_id, **fields)
