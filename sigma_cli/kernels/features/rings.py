"""Places in a ring: an array in which the newest value takes the place of the oldest."""

from sigma_cli.kernels.jit import njit


@njit
def wrapped(at: int, size: int) -> int:
    """Return `at`, less than a turn beyond the end of a ring, as a place in it.

    Not by `%`: a division costs more than all else that a rolling feature does with a row.
    """
    return at - size if at >= size else at
