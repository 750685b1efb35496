"""What to want: features in, a signal out. Stateless; one file a strategy.

A strategy knows nothing of money, orders or time. `strategy.py` says what one must offer.
"""
