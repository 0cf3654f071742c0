"""The decisions: pure functions from facts, rule set and day to actions, each with its why."""
