"""The compiled decision core: pure functions on arrays. No I/O, no clock, no randomness."""
