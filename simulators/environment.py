"""The machine that figures were measured on."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass

__all__ = ["Environment"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The machine that figures were measured on."""

    python: str
    platform: str
    machine: str
    cpus: int

    @classmethod
    def here(cls) -> Environment:
        """Describes this machine."""
        return cls(
            python=platform.python_version(),
            platform=f"{platform.system()} {platform.release()}",
            machine=platform.machine(),
            cpus=os.cpu_count() or 1,
        )
