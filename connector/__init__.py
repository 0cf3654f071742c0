"""The systems of record: what every provider gives, and one folder per provider."""
