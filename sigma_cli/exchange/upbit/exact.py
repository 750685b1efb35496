"""Amounts without loss: whatever would be rounded raises, but for the roundings that are named."""

from decimal import (
    ROUND_DOWN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Final

EXACT: Final = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow])
"""Enter it (`decimal.localcontext`) wherever amounts are computed."""
ZERO: Final = Decimal()
DIGITS: Final = 8
"""Decimals of volumes and of balances as they are shown."""
_LOOSE: Final = Context(prec=80)
_STEP: Final = Decimal(1).scaleb(-DIGITS)


def cut(amount: Decimal, digits: int = DIGITS) -> Decimal:
    """Return an amount without the decimals beyond `digits`, as volumes and balances are shown."""
    step = _STEP if digits == DIGITS else Decimal(1).scaleb(-digits)
    return plain(amount.quantize(step, ROUND_DOWN, _LOOSE))


def quotient(amount: Decimal, by: Decimal) -> Decimal:
    """Return a quotient to 8 decimals, half to even: averages are shown so."""
    return plain(_LOOSE.divide(amount, by).quantize(_STEP, ROUND_HALF_EVEN, _LOOSE))


def lots(amount: Decimal, price: Decimal, digits: int) -> Decimal:
    """Return how much `amount` buys at a price, cut to `digits`: never more than it can pay."""
    units = amount.scaleb(digits, _LOOSE) // price
    return plain(units.scaleb(-digits, _LOOSE))


def plain(amount: Decimal) -> Decimal:
    """Return an amount without zeros at its end, and without an exponent: 0, 5000, 0.1."""
    if not amount:
        return ZERO
    short = amount.normalize(_LOOSE)
    return short if short.as_tuple().exponent <= 0 else short.quantize(Decimal(1), context=_LOOSE)  # type: ignore[operator]


def plainly(amount: Decimal) -> str:
    """Return an amount as text, the same for the same amount."""
    return format(plain(amount), "f")
