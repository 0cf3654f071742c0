"""Labelled data of six kinds of business, and a scorer of what cash application makes of it.

    python -m worlds.bench write DIR --seed 1 [--payments 500] [--business NAME]

writes DIR/<business>/{ledger,payments,labels}.jsonl. Match each folder's ledger and payments into
DIR/<business>/allocations.jsonl; then

    python -m worlds.bench score DIR [allocations.jsonl] [--mistakes]

prints the measures for each business and the classes of payments. The data and the judgement of
what can be decided are made without a look at the product's matching.
"""
