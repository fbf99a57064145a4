"""Pure values and decisions: no I/O, standard library only."""
