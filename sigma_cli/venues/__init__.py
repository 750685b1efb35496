"""Venues: what sigma knows of each one, a folder per venue."""
