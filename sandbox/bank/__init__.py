"""A stand-in bank: keeps accounts, books what comes and goes, and prints statements as files.

It knows nobody's receivables; its files are written from the formats' own descriptions.
"""
