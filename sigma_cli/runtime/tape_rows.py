"""Copies of records as the words that they are: numpy would copy them field by field."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.dtypes.layout import Records


def joined(parts: Sequence[Records], dtype: Any) -> Records:
    """Return rows one after the other."""
    if len(parts) == 1:
        return parts[0]
    words = [np.ascontiguousarray(part).view(np.int64) for part in parts]
    return np.concatenate([np.empty(0, np.int64), *words]).view(dtype)


def picked(rows: Records, index: NDArray[np.intp]) -> Records:
    """Return the rows at `index`."""
    words = np.ascontiguousarray(rows).view(np.int64).reshape(len(rows), -1)
    return words[index].reshape(-1).view(rows.dtype)
