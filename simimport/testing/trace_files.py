"""read_trace: a trace from a file, a folder or standard input, in any known form; right, or not at all.

What cannot be read is refused with its file and its line. The forms are read in `reading`; nothing is
written.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from simimport.checks import file_path
from simimport.memory import uncollected
from simimport.testing.reading.folder import answers_of_folder, body_files
from simimport.testing.reading.form import answers_in
from simimport.testing.reading.places import Places
from simimport.testing.reading.text import named, trace_text
from simimport.testing.traces import Trace

__all__ = ["SEQUENCE", "read_trace", "trace_of"]

#: The file of a fixture pack that holds its answers with their instants.
SEQUENCE = "sequence.jsonl"

# a folder with one of these is read by it: a fixture pack, and what `simimport run --out` writes
_SEQUENCES = (SEQUENCE, "answers.jsonl")


def read_trace(path: str | os.PathLike[str]) -> Trace:
    """Return the trace in a file, in a folder or on standard input.

    Parameters
    ----------
    path : path
        ``-`` is standard input. A text in UTF-8, or in UTF-16 as Windows writes it, in one of these forms:

        * JSONL, an answer per line: ``at_s`` (seconds) and ``body``; ``http_status`` where it is not 200.
          As `Trace.save`, `record` and ``simimport run --out`` write it. Blank lines are left out.
        * Bodies of answers with 200, one or many: on lines, over many lines, without anything between them,
          or in an array; the elements of an array may be answers as above.
        * The same with a date before each body, on its line or on one of its own: ISO 8601, RFC 2822, as
          ``date`` or a syslog writes it, or seconds since 1970; or with the heads that ``curl -i`` prints,
          which tell the status too.
        * HAR, or a cassette of vcrpy (its YAML needs the extra ``yaml``): what was answered to a GET of
          ``import.status``. All else in it is left out and counted.
        * The folder of a fixture pack, or of ``simimport run --out``: its timed sequence.
        * A folder of ``.json`` files in the natural order of their names, each such an answer, or the body of
          one with 200 alone.

        Bodies without a date are dated by the earliest instant at which they could have been given: their
        ``_updatedAt`` after the first one's ``ts``, or the instant before where that is later.

    Returns
    -------
    Trace
        Its `read_as` says what the file was taken for, and how its bodies were dated.

    Raises
    ------
    TraceError
        If it cannot be read as a trace: no answers, a line that is cut, an answer of another call, a page, a
        packed file. Its `line` says where.
    MissingExtraError
        If it is a cassette in YAML, and PyYAML is not there.
    ParameterError
        If `path` is none.

    Examples
    --------
    >>> import tempfile
    >>> from simimport import Trace, simulate
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     saved = Trace(simulate(users=60, seed=1).responses()).save(folder + "/night.jsonl")
    ...     read_trace(saved)
    Trace(9 answers in 8.7 s: new → ready → importing → done)
    """
    source = Path(file_path("path", path))
    file = _file_of_all(source)
    with uncollected():
        reading = answers_of_folder(source) if file is None else answers_in(trace_text(file), named(file))
    trace = Trace(reading.answers, path=source)
    trace.read_as = reading.read_as
    trace.places = Places(body_files(source) if file is None else named(file), reading.lines)
    return trace


def trace_of(trace: Any) -> Trace:
    """Return a trace as it is, that of a path, or that of whatever `Trace` takes."""
    if isinstance(trace, Trace):
        return trace
    return read_trace(trace) if isinstance(trace, (str, os.PathLike)) else Trace(trace)


def _file_of_all(source: Path) -> Path | None:
    """Return the file that has all answers; None for a folder that has one each."""
    if not source.is_dir():
        return source
    return next((source / name for name in _SEQUENCES if (source / name).is_file()), None)
