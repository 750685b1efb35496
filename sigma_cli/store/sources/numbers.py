"""From the floats of a file to integers times a power of ten, and how many digits that takes.

Text goes through float64 too: a decimal of up to `exp` digits comes back exactly while it counts
less than 2^51 units, and prices beyond 2^53 units are refused. Pure numpy.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.instruments import EXP_MAX
from sigma_cli.domain.units import EXACT_MAX

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NOISE: Final = 2.0**-50
"""Relative error that float64 leaves after a sum or two (four steps in the last place)."""
DIGITS_MANY: Final = EXP_MAX + 1
"""What `digits_needed` says of numbers that no exponent holds."""
UNITS_MAX: Final = 2**63 - 1024
"""Largest float64 that fits int64."""


@dataclass(frozen=True, slots=True)
class Units:
    """Numbers in units of 10^-exp; `too_fine` and `too_large` say which of them are not right."""

    values: NDArray[np.int64]
    too_fine: Flags
    too_large: Flags


def digits_needed(values: Floats) -> NDArray[np.int8]:
    """Return the fewest decimal digits that represent each value; none for what is not finite."""
    flat = values.ravel()
    needed = np.zeros(len(flat), np.int8)
    places = np.flatnonzero(np.isfinite(flat))
    for digits in range(DIGITS_MANY):
        scaled = flat[places] * 10.0**digits
        places = places[np.abs(scaled - np.rint(scaled)) > NOISE * np.abs(scaled)]
        if len(places) == 0:
            break
        needed[places] = digits + 1
    return needed.reshape(values.shape)


def to_units(values: Floats, exp: int, *, units_max: int = EXACT_MAX) -> Units:
    """Count `values`, all finite, in 10^-exp, rounding to the nearest unit."""
    scaled = values * 10.0**exp
    whole = np.rint(scaled)
    too_large = np.abs(whole) > units_max
    too_fine = np.abs(scaled - whole) > NOISE * np.abs(scaled)
    return Units(np.where(too_large, 0, whole).astype(np.int64), too_fine, too_large)


def shortened(values: Floats) -> tuple[Floats, int]:
    """Undo what 32 bits did to some of `values`; return them and how many there were.

    77.58 stored in 32 bits and read in 64 is 77.58000183105469: digits of the format, not of the
    price. Where a value has more digits than any exponent and yet is a 32-bit float, the shortest
    decimal is taken that 32 bits would store as the same number. By chance that happens to one
    value in 2^26.
    """
    chosen = _have_many_digits(values)
    with np.errstate(over="ignore"):
        narrow = values[chosen].astype(np.float32).astype(np.float64)
    chosen[chosen] = np.abs(narrow - values[chosen]) <= NOISE * np.abs(values[chosen])
    if not chosen.any():
        return values, 0
    clean = values.copy()
    clean[chosen] = widened(values[chosen])
    return clean, int(np.count_nonzero(chosen))


def widened(values: Floats) -> Floats:
    """Return the shortest decimals that these 32-bit floats stand for."""
    singles = values.astype(np.float32)
    shortest = values.copy()
    left = np.flatnonzero(np.isfinite(values))
    for digits in range(DIGITS_MANY):
        power = 10.0**digits
        candidates = np.rint(values[left] * power) / power
        fits = candidates.astype(np.float32) == singles[left]
        shortest[left[fits]] = candidates[fits]
        left = left[~fits]
    return shortest


def _have_many_digits(values: Floats) -> Flags:
    """Tell which finite values no exponent represents."""
    with np.errstate(invalid="ignore", over="ignore"):
        scaled = values * 10.0**EXP_MAX
        many: Flags = np.abs(scaled - np.rint(scaled)) > NOISE * np.abs(scaled)
    return many
