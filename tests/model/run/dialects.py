"""Tests of every dialect, or of every server's."""

from __future__ import annotations

import pytest

from tests.model.strategies import DIALECTS as NAMES

SERVERS = NAMES[1:]
every_dialect = pytest.mark.parametrize("dialect", NAMES)
every_server = pytest.mark.parametrize("dialect", SERVERS)
