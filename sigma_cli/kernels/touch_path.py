"""Where markets stood from second to second, by arrival: what prices did after our fills."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from sigma_cli.domain.events import EventKind
from sigma_cli.domain.units import NS_PER_S
from sigma_cli.kernels.chunk import Chunk
from sigma_cli.kernels.jit import constant, njit

TRADE, QUOTE = constant(EventKind.TRADE), constant(EventKind.QUOTE)
BOOK: Final = constant(EventKind.BOOK)
_SECOND_NS: Final = constant(NS_PER_S)


@njit
def add_chunk(chunk: Chunk, start_ns: int, by_trades: bool, path_u: NDArray[np.int64]) -> None:
    """Note bid + ask as last told in each second; twice the price, where trades are all there is.

    `path_u` is int64 [markets, seconds], from `start_ns` on; 0: nothing was told in that second.
    What lies beyond its end is left out.
    """
    for i in range(len(chunk.desk_turns)):
        turn = chunk.desk_turns[i]
        second = (turn.ts_ns - start_ns) // _SECOND_NS
        if second < 0 or second >= path_u.shape[1]:
            continue
        row = np.uint64(turn.row)
        sum_u = 0
        if turn.kind == TRADE and by_trades:
            sum_u = 2 * chunk.trades[row].price_u
        elif turn.kind == QUOTE:
            sum_u = _sum_u(chunk.quotes[row].bid_u, chunk.quotes[row].ask_u)
        elif turn.kind == BOOK:
            sum_u = _sum_u(chunk.books[row].bid_u[0], chunk.books[row].ask_u[0])
        if sum_u > 0:
            path_u[turn.market, second] = sum_u


@njit
def _sum_u(bid_u: int, ask_u: int) -> int:
    return bid_u + ask_u if 0 < bid_u < ask_u else 0


@njit
def carry_forward(path_u: NDArray[np.int64]) -> None:
    """Let every second in which nothing was told know what was told last."""
    for market in range(path_u.shape[0]):
        for second in range(1, path_u.shape[1]):
            if path_u[market, second] == 0:
                path_u[market, second] = path_u[market, second - 1]
