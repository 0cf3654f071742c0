"""Ways to reach a person and hear back."""
