"""What the pytest plugin costs who does not use it: each test asks a fresh process what it loaded."""

from __future__ import annotations

from tests.test_light import loaded


def test_the_plugin_loads_pytest_and_nothing_else() -> None:
    # what pytest itself loads is there before; hashlib is with most versions of it, and cheap
    modules = loaded("import pytest, hashlib; before = set(sys.modules); import simimport.testing.plugin")
    assert modules == {"simimport", "simimport.testing", "simimport.testing.plugin"}
