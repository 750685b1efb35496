"""Upbit, Korea."""
