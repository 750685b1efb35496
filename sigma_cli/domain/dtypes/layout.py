"""How fields become a record: as C would lay them out."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Record: TypeAlias = Any
"""One record, as compiled code passes it around; a type checker can't see in."""
Records: TypeAlias = NDArray[Any]
"""A structured array of one of the dtypes of this package."""


def record(*fields: tuple[Any, ...]) -> np.dtype[Any]:
    """Lay fields out as C would: numpy forgets the alignment of a record within a record."""
    names, formats, offsets, end = [], [], [], 0
    for name, *format_ in fields:
        dtype = np.dtype(tuple(format_) if len(format_) > 1 else format_[0])
        align = 8 if dtype.base.fields else dtype.base.alignment
        end += -end % align
        names.append(name)
        formats.append(dtype)
        offsets.append(end)
        end += dtype.itemsize
    layout = {"names": names, "formats": formats, "offsets": offsets, "itemsize": end + -end % 8}
    return np.dtype((np.record, np.dtype(layout, align=True)))  # type: ignore[call-overload]
