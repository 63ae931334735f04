"""What examples in docstrings leave behind is taken away here, above all of them: their pictures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def closed_pictures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Close the figures of an example: Matplotlib warns where many are open, and warnings are errors."""
    yield
    if isinstance(request.node, pytest.DoctestItem) and "matplotlib.pyplot" in sys.modules:
        from matplotlib import pyplot as plt

        plt.close("all")
