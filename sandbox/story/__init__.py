"""The demo's story: three companies, their customers, and what happens on sixty days.

Told ahead as plain events, by a seeded source of chance; who carries them out is another matter.
"""
