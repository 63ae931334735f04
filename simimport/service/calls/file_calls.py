"""What the calls around a file import do, and those that look at all operations."""

from __future__ import annotations

from typing import Any

from simimport.model.run import wire
from simimport.service.calls.held import Held

__all__ = ["FileCalls"]


class FileCalls(Held):
    """The calls around a file import; each is given its payload, who calls, and the instant."""

    def _latest(self, payload: Any, account: str, now_us: int) -> list[dict[str, Any]]:
        return [
            wire.operation(self._dialect, operation.document, change)
            for operation, change in self.latest(now_us)
        ]
