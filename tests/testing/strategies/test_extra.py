"""The strategies without their extra."""

from __future__ import annotations

import importlib
import sys

import pytest

from simimport import MissingExtraError


def test_without_hypothesis_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "simimport.testing.strategies")
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(MissingExtraError, match="needs the extra 'hypothesis'") as refused:
        importlib.import_module("simimport.testing.strategies")
    assert refused.value.command == 'pip install "simimport[hypothesis]"'
