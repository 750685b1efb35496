"""Numpy columns to Arrow and back. pyarrow's own ways import pandas first, which costs 0.2 s."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


def to_arrow(column: NDArray[Any]) -> "pa.Array[Any]":
    """Return a column as Arrow; numbers that lie close together are not copied."""
    arrow: pa.Array[Any]
    if column.dtype.kind in "iuf":
        values = np.ascontiguousarray(column)
        kind = pa.from_numpy_dtype(values.dtype)
        arrow = pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(values.data)])
    else:
        arrow = pa.array(column.tolist())
    return arrow


def to_numpy(column: "pa.ChunkedArray[Any]") -> NDArray[Any]:
    """Return a column as numpy. Numbers have no nulls here: nothing of ours writes any."""
    if pa.types.is_integer(column.type) or pa.types.is_floating(column.type):
        chunks = [np.from_dlpack(chunk) for chunk in column.chunks]
        if len(chunks) == 1:
            return chunks[0]
        return np.concatenate(chunks) if chunks else np.empty(0, column.type.to_pandas_dtype())
    return np.array(
        column.to_pylist(), np.bool_ if pa.types.is_boolean(column.type) else np.object_
    )
