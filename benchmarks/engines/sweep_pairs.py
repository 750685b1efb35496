"""What the sweep sweeps: 1,000 pairs of windows over the first 100,000 bars. Numbers only."""

BARS = 100_000
PERIOD = "2024-01-01T00:00..2024-03-10T10:39"
"""The same bars, as sigma says it."""
PAIRS = [(fast, fast + 10 * more) for fast in range(2, 202, 2) for more in range(1, 11)]
