"""The hands: read facts, ask the rules, write the decision down, do it, write what came of it."""
