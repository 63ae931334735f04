"""Colours: seen on white and on dark, told apart with any kind of colour blindness."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pytest

from simimport import State
from simimport.show.palette import OUTCOME_COLORS, PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR, UNKNOWN_COLOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Machado, Oliveira and Fernandes 2009, severity 1, for linear RGB
SIGHTS = {
    "all cones": np.eye(3),
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
               [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                 [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                [0.004733, 0.691367, 0.303900]],
}  # fmt: skip
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750],
                [0.0193339, 0.1191920, 0.9503041]])  # fmt: skip
GROUPS = {
    "states": STATE_COLORS,
    "outcomes": OUTCOME_COLORS,
    "views": {"published": PUBLISHED_COLOR, "truth": TRUTH_COLOR},
    "words of broken servers": {"unknown": UNKNOWN_COLOR},
}


def linear(color: str) -> NDArray[np.float64]:
    share = np.array([int(color[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def contrast(color: str, ground: str) -> float:
    low, high = sorted(float(XYZ[1] @ linear(of)) for of in (color, ground))
    return (high + 0.05) / (low + 0.05)


def lab(color: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = XYZ @ np.clip(color, 0, 1) / [0.95047, 1, 1.08883]
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("ground", ["#ffffff", "#111111"])
@pytest.mark.parametrize("group", GROUPS)
def test_every_colour_is_seen_on_white_and_on_dark(group: str, ground: str) -> None:
    assert {name: color for name, color in GROUPS[group].items() if contrast(color, ground) < 3} == {}


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("group", GROUPS)
def test_no_two_colours_are_alike_to_anybody(group: str, sight: str) -> None:
    seen = {name: lab(SIGHTS[sight] @ linear(color)) for name, color in GROUPS[group].items()}
    near = {(a, b): round(float(np.linalg.norm(seen[a] - seen[b])), 1) for a, b in combinations(seen, 2)}
    assert {pair: distance for pair, distance in near.items() if distance < 15} == {}


def test_every_state_has_its_colour() -> None:
    assert set(STATE_COLORS) == set(State)
    assert len(set(STATE_COLORS.values())) == len(State)
    assert list(OUTCOME_COLORS) == ["imported", "failed", "unreached"]
