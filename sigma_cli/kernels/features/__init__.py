"""Features: one file per family. Streaming and batch are the same `update`."""
