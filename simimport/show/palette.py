"""One colour per state and outcome, everywhere: in cards, plots, the dashboard and the terminal.

Colours by the word on the wire; who has a `State` may ask with it, as it equals its word.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["OUTCOME_COLORS", "PUBLISHED_COLOR", "STATE_COLORS", "TRUTH_COLOR", "UNKNOWN_COLOR"]

#: One colour per state. The hues are near Okabe and Ito's; each has a contrast of 3 or more on white and on
#: #111, and any two stay apart with every kind of colour blindness (a test says how far).
STATE_COLORS: Mapping[str, str] = {
    "none": "#969090",
    "new": "#1FA2BF",
    "loading": "#A43480",
    "ready": "#446C14",
    "importing": "#5F76D3",
    "done": "#007454",
    "canceled": "#DA7D00",
    "error": "#D90022",
}
#: What a broken server calls a state, and is none.
UNKNOWN_COLOR = "#808080"
#: What became of a user, in the words of ``run.outcomes``.
OUTCOME_COLORS: Mapping[str, str] = {"imported": "#007454", "failed": "#DA4A00", "unreached": "#969090"}
#: What happened.
TRUTH_COLOR = "#B23A8E"
#: What the server's document said.
PUBLISHED_COLOR = "#1D87C4"
