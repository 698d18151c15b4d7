"""Arrays of what was described lately."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Recent:
    """The arrays of recent texts, under hashes of the texts; thread-safe."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kept: OrderedDict[bytes, NDArray[np.float64]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, keys: Iterable[bytes]) -> dict[bytes, NDArray[np.float64]]:
        with self._lock:
            return {key: self._kept[key] for key in keys if key in self._kept}

    def put(self, arrays: Mapping[bytes, NDArray[np.float64]]) -> None:
        with self._lock:
            # What is oldest matters only once something has to go.
            full = len(self._kept) + len(arrays) > self._size
            for key, array in arrays.items():
                self._kept[key] = array
                if full:
                    self._kept.move_to_end(key)
            while len(self._kept) > self._size:
                self._kept.popitem(last=False)
