"""The matches page after a new version: what a look needs is made first, outside the look."""

from __future__ import annotations

from sqlalchemy import delete, update

from ledger.documents import Source
from store import matching_index, mirror, tables
from tests.conftest import NOW
from tests.web.furniture import ADA, HOME, customer, invoice, kept, receipt


def test_an_index_of_another_version_is_made_before_the_page_looks(fresh):
    papers = (
        customer("k1", "Dunlin Ltd", None),
        invoice("k1001", "k1", 0, "512.00"),
        receipt("line-1", "512.00", source=Source.BANK, text="INV-k1001"),
    )
    ours = fresh.ids[HOME]
    with fresh.sessions.begin() as s:
        mirror.save(s, ours, fresh.ids["quickbooks"], kept(papers), NOW)
        s.execute(update(tables.matching_index).values(version=0))
        s.execute(delete(tables.matching_key))
    shown = fresh.client(ADA).get(f"/o/{HOME}/matches").text
    [part] = [one for one in shown.split("<article") if "512.00" in one]
    assert "Seems to pay" in part
    with fresh.sessions() as s:
        assert matching_index.is_ready(s, ours)
        assert matching_index.unlike(s, ours) == 0
