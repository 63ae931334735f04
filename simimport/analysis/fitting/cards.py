"""How fits, forecasts and silences show themselves in a notebook: figures, and what they take for granted.

Estimates nothing; the pictures for papers are in the plots.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from simimport.analysis.fitting.check import FITS, NOT, UNKNOWN
from simimport.analysis.fitting.wording import chance, form_of, meaning_of
from simimport.show.html import DIM, bar, card, code, heading, note, swatch, table, text
from simimport.show.palette import PUBLISHED_COLOR
from simimport.show.svg import Scale, axes, drawing, path
from simimport.show.words import counted, duration, number, percent, ranged

if TYPE_CHECKING:
    from simimport.analysis.fitting.fit import Fit
    from simimport.analysis.fitting.forecast import Forecast
    from simimport.analysis.fitting.silence import Silence

__all__ = ["fit", "forecast", "silence"]

_LONGEST_NOTES = 800
# what is left of a bar, on light pages and dark ones
_REST_COLOR = "rgba(128,128,128,.35)"


def fit(shown: Fit) -> str:
    """Return the HTML of a fit: its parameters, whether it looks like the model, and the scenario."""
    sizes = sorted(set(shown.batch_size))
    about = heading(
        "Fit",
        f"<strong>{counted(len(shown.batch_size), 'trace')}</strong>",
        *([f"batches of {' and '.join(map(number, sizes))}"] if sizes else []),
        f"{percent(shown.level)} intervals",
    )
    rows = [_row(shown, str(name), *limits) for name, *limits in shown.estimates.itertuples()]
    head = ("parameter", "estimate", f"{percent(shown.level)} interval", "meaning")
    sizes_note = note(f"batch size: {text(shown.notes['batch_size'])}") if "batch_size" in shown.notes else ""
    again = note(f"to simulate on: {code('fit.scenario')} is {code(repr(shown.scenario))}")
    label = f"Fit of {counted(len(shown.batch_size), 'trace')}"
    estimates = table(head, rows, caption="Estimates")
    return card(about, estimates, sizes_note, *_checks(shown), again, label=label)


def _row(shown: Fit, name: str, estimate: float, low: float, high: float) -> tuple[str, str, str, str]:
    form = form_of(name)
    parameter = f'<span style="font-family:monospace;font-size:.92em">{text(name)}</span>'
    if name in shown.notes:
        return parameter, "not known", "", _dim(shown.notes[name])
    return parameter, f"<strong>{form(estimate)}</strong>", ranged(low, high, form), _dim(meaning_of(name))


def _checks(shown: Fit) -> Iterator[str]:
    """Yield how many checks the fit passes, and those it does not."""
    table_of_checks = shown.check()
    verdicts = table_of_checks["verdict"].tolist()
    many = [f"{number(verdicts.count(verdict))} {words}" for verdict, words in (
        (FITS, "passed"), (NOT, "not passed"), (UNKNOWN, "not known")) if verdict in verdicts]  # fmt: skip
    yield note(f"checks of the model: {', '.join(many)}; {code('fit.check()')} says more")
    for name, meaning in table_of_checks.loc[table_of_checks["verdict"] == NOT, "meaning"].items():
        yield f'<div style="margin-top:6px"><strong>{text(name)}</strong>: {text(meaning)}</div>'


def forecast(shown: Forecast) -> str:
    """Return the HTML of a forecast: when the import ends and with how many failures, and the way there."""
    notes = _notes(shown.notes)
    if math.isnan(shown.end_s):
        return card(heading("Forecast", "not known"), notes, label="Forecast, not known")
    if not len(shown.bands):
        return _ended(shown, notes)
    left_s, low_s, high_s = (at_s - shown.now_s for at_s in (shown.end_s, shown.end_low_s, shown.end_high_s))
    ends = f"ends in {duration(left_s)}" if math.isfinite(left_s) else "no end is in sight"
    now = f"from {duration(shown.now_s)} on the trace's clock"
    about = heading("Forecast", f"<strong>{ends}</strong>", now)
    failures = (shown.error, shown.error_low, shown.error_high)
    facts = [
        ("time left", duration(left_s), ranged(low_s, high_s, duration)),
        ("end, on that clock", duration(shown.end_s), ranged(shown.end_low_s, shown.end_high_s, duration)),
        ("failed", number(failures[0]), ranged(*failures[1:])),
    ]
    rows = table(("at the end", "median", f"{percent(shown.level)} band"), facts, caption="What is forecast")
    return card(about, _fan(shown, max(left_s, high_s)), rows, notes, label=f"Forecast, {ends}")


def _ended(shown: Forecast, notes: str) -> str:
    facts = [("end, on the trace's clock", duration(shown.end_s)), ("failed", number(shown.error))]
    ended = f"ended at {duration(shown.end_s)}"
    rows = table(("", "as answered"), facts, caption="What the answers say")
    return card(heading("Forecast", ended), rows, notes, label=f"Forecast, {ended}")


def _fan(shown: Forecast, span_s: float) -> str:
    """Return the picture of when how much will be published; nothing where no end is in sight."""
    processed = shown.bands["processed"].tolist()
    if not 0 < span_s < math.inf or not processed[-1]:
        return ""
    scale = Scale(span_s)
    shares = [users / processed[-1] for users in processed]
    middle, early, late = (
        path(scale, (shown.bands[name] - shown.now_s).clip(0, span_s).tolist(), shares)
        for name in ("at_s", "low_s", "high_s")
    )
    back = " L".join(reversed(late[1:].split(" L")))
    band = f'<path d="{early} L{back} Z" fill="{PUBLISHED_COLOR}" fill-opacity="0.25" stroke="none"/>'
    line = (
        f'<path d="{middle}" fill="none" stroke="{PUBLISHED_COLOR}" stroke-width="2" stroke-dasharray="5 3">'
        "<title>median</title></path>"
    )
    words = f"Published as processed, from now on: {percent(shares[0])} now, and all at the end."
    drawn = drawing(words, [*axes(scale), band, line])
    level = percent(shown.level)
    keys = f"{swatch(PUBLISHED_COLOR)}published as processed, from now on: median and {level} band"
    return drawn + f'<div style="margin:2px 0 8px 46px">{keys}</div>'


def silence(shown: Silence) -> str:
    """Return the HTML of a silence: how odd it is, and how long to wait."""
    notes = _notes(shown.notes)
    if math.isnan(shown.silence_s):
        return card(heading("Silence", "none to be judged"), notes, label="Silence, none to be judged")
    left_s = shown.wait_s - shown.silence_s
    what = f"wait {duration(left_s)} more" if left_s > 0 else "longer than is worth waiting for"
    about = heading("Silence", f"of <strong>{duration(shown.silence_s)}</strong>", what)
    parts = [("silent", shown.silence_s, PUBLISHED_COLOR), ("left to wait", max(left_s, 0.0), _REST_COLOR)]
    label = f"silent for {duration(shown.silence_s)} of {duration(shown.wait_s)}"
    facts = [
        ("as long or longer", f"in {chance(shown.probability)} of healthy imports"),
        ("worth waiting for", duration(shown.wait_s) + bar(parts, label, duration)),
        ("false alarms", f"{percent(shown.false_alarms)} of healthy imports, if one gives up then"),
    ]
    rows = table(("", "this silence"), facts, caption="How odd the silence is")
    return card(about, rows, notes, label=f"Silence of {duration(shown.silence_s)}: {what}")


def _notes(notes: Sequence[str]) -> str:
    return note(text("; ".join(notes), _LONGEST_NOTES)) if notes else ""


def _dim(words: str) -> str:
    return f'<span style="{DIM}">{text(words)}</span>'
