"""One file a step: each takes values and ports, and gives a value."""
