"""The shelf's database, change by change."""
