"""Cash application over files: a ledger and payments as lines of JSON in, allocations out."""
