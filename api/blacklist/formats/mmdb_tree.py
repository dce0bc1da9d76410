"""The search tree of a MaxMind DB: networks go in sorted, wider first, and end as an array of pairs of records."""

from __future__ import annotations

from array import array
from collections.abc import Callable

LEAF = 1 << 31
"""A value with this bit is the number of a piece of data; without it, the number of a node; 0 is nothing."""
BITS = 128


class Tree:
    """Nodes as two columns. `check` is called with the size in bytes now and then, and may raise."""

    def __init__(self, check: Callable[[int], None]) -> None:
        self.left, self.right = array("I", [0]), array("I", [0])
        self._check = check
        self._path = [0]  # the nodes from the root towards the last network
        self._last = 0

    def __len__(self) -> int:
        """How many nodes there are."""
        return len(self.left)

    def add(self, start: int, length: int, data: int) -> None:
        """Adds a network of 128-bit addresses that sorts after all before it; `length` is at least 1."""
        left, right, path = self.left, self.right, self._path
        common = BITS - (start ^ self._last).bit_length()
        del path[min(common, length - 1) + 1 :]
        self._last = start
        node = path[-1]
        for depth in range(len(path) - 1, length - 1):
            side = right if start >> (BITS - 1 - depth) & 1 else left
            child = side[node]
            if child == 0 or child & LEAF:
                child, around = len(left), child
                left.append(around)
                right.append(around)
                side[node] = child
                if child & 0xFFFF == 0:
                    self._check(8 * child)
            path.append(child)
            node = child
        side = right if start >> (BITS - length) & 1 else left
        side[node] = LEAF | data

    def find(self, start: int, length: int) -> int:
        """What stands for that network: a node, data, or nothing."""
        node = 0
        for depth in range(length):
            node = (self.right if start >> (BITS - 1 - depth) & 1 else self.left)[node]
            if node == 0 or node & LEAF:
                return node
        return node

    def alias(self, start: int, length: int, target: int) -> None:
        """Makes a network, which is free, another way to what stands elsewhere in the tree. Nothing is added after."""
        self._path = [0]
        self._last = 0
        self.add(start, length, 0)
        node = self.find(start, length - 1)
        (self.right if start >> (BITS - length) & 1 else self.left)[node] = target
