"""The allow-list readers, on films made here and on films spoilt here."""
