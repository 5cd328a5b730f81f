"""What has arrived at each index of a span while the backward walk is under way."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from autodiff.core.box import Box
from autodiff.core.native import mypyc_attr
from autodiff.core.op import Op, Params
from autodiff.core.unread import Released

if TYPE_CHECKING:
    from mypy_extensions import i32

BLOCK: Final = 64  # of a slot, slot >> 6 is the number of the block, and slot & 63 the place in it


@mypyc_attr(acyclic=True)
class Cotangents:
    """A cotangent for each index from `start` to `top`, None where nothing arrived.

    They stand in blocks, which are made at the first arrival, so that a walk costs what it reaches, and not what the tape has
    recorded. What is handed on is forgotten, except at the indices to `keep`.
    """

    __slots__ = ("_made", "_own", "blocks", "keep", "size", "start")

    def __init__(self, start: i32, top: i32) -> None:
        self.start: i32 = start
        self.size = int(top - start) + 1
        self.blocks: list[list[Any] | None] = [None] * (((self.size - 1) >> 6) + 1)
        self._made: list[int] = []  # the numbers of the blocks that were made, negative, as a heap: the last is first
        self.keep: set[int] = set()
        self._own: set[int] = set()  # where an array stands that nobody else has, so that it may be added to in place

    def block_before(self, number: i32) -> i32:
        """The number of the last block before this one that was made, -1 if none was."""
        while self._made and -self._made[0] >= number:
            heapq.heappop(self._made)
        return -self._made[0] if self._made else -1

    def get(self, index: i32) -> Any:
        slot: i32 = index - self.start
        block = self.blocks[slot >> 6] if 0 <= slot < self.size else None
        return None if block is None else block[slot & 63]

    def put(self, index: i32, g: object) -> None:
        slot: i32 = index - self.start
        self._block(slot >> 6)[slot & 63] = g

    def _block(self, number: i32) -> list[Any]:
        block = self.blocks[number]
        if block is None:
            block = self.blocks[number] = [None] * min(BLOCK, self.size - int(number) * BLOCK)
            heapq.heappush(self._made, -int(number))
        return block

    def add(self, index: i32, part: object) -> None:
        """One more contribution arrives."""
        slot: i32 = index - self.start
        block = self.blocks[slot >> 6]
        if block is None:
            block = self._block(slot >> 6)
        old = block[slot & 63]
        if self._own and index in self._own:
            if type(part) is np.ndarray:
                old += part
                return
            self._own.remove(index)
        block[slot & 63] = part if old is None else old + part

    def add_into(self, index: i32, box: Box, op: Op, g: object, params: Params) -> bool:
        """One more contribution arrives, which `op` adds in place, unless what arrived before is no plain array."""
        total = self.get(index)
        if index not in self._own:
            like = box._raw()
            if not isinstance(like, (np.ndarray, Released)) or (total is not None and type(total) is not np.ndarray):
                return False
            total = np.zeros(like.shape, like.dtype) if total is None else np.array(total)
            self._own.add(index)
            self.put(index, total)
        op.add_into(total, g, **params)
        return True
