"""Upbit, Korea: its rules by tables and as it tells them, checks of orders, and its wire."""
