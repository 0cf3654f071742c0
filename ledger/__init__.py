"""The nouns: money, days, receivable documents, and sums over them. Pure values, no clock."""
