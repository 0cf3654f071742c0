"""What is kept: tables, queries that return ledger values, journal, inbox, migrations."""
