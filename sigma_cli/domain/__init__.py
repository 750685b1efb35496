"""What the words mean: units, instruments, events, requests, facts, orders. Pure data."""
