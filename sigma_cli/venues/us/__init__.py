"""US equities."""
