"""The kinds of evidence, one file each: when each speaks and what it refuses."""
