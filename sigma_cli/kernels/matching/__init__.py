"""The simulated venue: what would have happened to our orders, told as facts."""
