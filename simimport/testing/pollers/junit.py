"""Verdicts as JUnit XML, which servers of continuous integration show: a test case for each.

Tells no durations: cases are played in virtual time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from simimport.show.words import printable
from simimport.testing.pollers.verdict import Verdict

__all__ = ["junit_xml"]


def junit_xml(poller: str, verdicts: Sequence[Verdict], again: Callable[[Verdict], str]) -> bytes:
    """Return a report of a poller's verdicts.

    Parameters
    ----------
    poller : str
        Its name.
    verdicts : sequence of Verdict
    again : callable
        Returns the command that plays a verdict's case again.
    """
    failed = sum(not verdict.passed for verdict in verdicts)
    counts = {"tests": str(len(verdicts)), "failures": str(failed), "errors": "0", "time": "0"}
    root = Element("testsuites", counts)
    suite = SubElement(root, "testsuite", {"name": printable(poller), **counts})
    for verdict in verdicts:
        why, kind = printable(verdict.why), f"{printable(poller)}.{verdict.case.fault}"
        names = {"classname": kind, "name": printable(verdict.case.preset), "time": "0"}
        element = SubElement(suite, "testcase", names)
        if verdict.passed:
            SubElement(element, "system-out").text = why
        else:
            failure = SubElement(element, "failure", {"message": why, "type": "verdict"})
            failure.text = f"{why}\n{printable(again(verdict))}"
    indent(root)
    report: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return report + b"\n"
