"""Verdicts as JUnit XML: what servers of continuous integration read."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree as ET

from simimport import Scenario
from simimport.testing.pollers.check import verdicts
from simimport.testing.pollers.junit import junit_xml
from tests.testing.pollers.loops import knowing


def report(poller: Any, name: str, **given: Any) -> Any:
    content = junit_xml(name, list(verdicts(poller, **given)), lambda verdict: f"again {verdict.case.fault}")
    return ET.fromstring(content)  # noqa: S314 - ours


def test_a_case_for_each_verdict() -> None:
    root = report(knowing, "app:poll", presets="calm", faults=["none", "503"])
    suite = root[0]
    for element in (root, suite):
        counts = [element.get(name) for name in ("tests", "failures", "errors", "time")]
        assert counts == ["2", "1", "0", "0"]
    assert (root.tag, suite.tag, suite.get("name")) == ("testsuites", "testsuite", "app:poll")
    good, bad = suite
    assert [case.get("classname") for case in suite] == ["app:poll.none", "app:poll.503"]
    assert [case.get("name") for case in suite] == ["calm", "calm"]
    assert good.find("failure") is None
    assert good.findtext("system-out").startswith("done, ")
    failure = bad.find("failure")
    assert failure.get("message").startswith("raised FetchError: HTTP 503")
    assert failure.text == f"{failure.get('message')}\nagain 503"


def test_anybody_s_text_is_no_markup_and_stays_xml() -> None:
    def bad(fetch: Any, clock: Any) -> object:
        fetch()
        raise ValueError('<a> & "b" \x00\x1b[2J \ud800 ]]>')

    scenario = {"<my> \x07 import": Scenario(users=1)}
    case = report(bad, 'a"<&>\x00:poll', presets=scenario, faults="none")[0][0]
    assert case.get("name") == "<my> \N{REPLACEMENT CHARACTER} import"
    assert '<a> & "b"' in case.find("failure").get("message")
    assert "]]>" in case.find("failure").text
