"""What the dashboard says in HTML: the state, the counters as bars, the answer as JSON, shares, messages.

Texts from values; no script but that of the button that copies. Computes nothing.
"""

from __future__ import annotations

import re
from html import escape

from simimport.analysis.dashboard.pictures import PIXELS, THEMES, Picture
from simimport.analysis.dashboard.view import Many, View
from simimport.analysis.distributions import share_interval
from simimport.analysis.plots.layout.ink import CONTRAST_OF_TEXT, written_on
from simimport.model.dialects import dialect_of
from simimport.model.scenario import Scenario
from simimport.model.states import State
from simimport.show.html import swatch, table, text
from simimport.show.palette import OUTCOME_COLORS, PUBLISHED_COLOR, STATE_COLORS, TRUTH_COLOR
from simimport.show.words import counted, duration, number, percent, ranged

__all__ = [
    "STYLE",
    "answer",
    "busy",
    "caption",
    "code",
    "counters",
    "dialect",
    "heading",
    "instant",
    "kept",
    "keys",
    "message",
    "moment",
    "shares",
    "states",
]

_INK = THEMES["auto"][1]
_SHAPE = " / ".join(map(str, PIXELS))


def _papers() -> str:
    """Return the rules of dashboards with paper of their own, whatever their page is like."""
    rules = []
    for theme in ("light", "dark"):
        paper, ink = THEMES[theme]
        names = [f"ui-font-color{k}" for k in range(3)] + [f"content-font-color{k}" for k in range(3)]
        # those of widgets are worked out once for the whole page, from its own
        names += [f"widgets-{part}color" for part in ("", "label-", "readout-", "input-")]
        inked = "".join(f"--jp-{name}: {ink}; " for name in names)
        grounds = ("layout-color0", "layout-color1", "widgets-input-background-color")
        papered = "".join(f"--jp-{name}: {paper}; " for name in grounds)
        middle = "--jp-layout-color2: #80808033; --jp-layout-color3: #80808055; --jp-border-color1: #808080; "
        rules.append(
            f".simimport-{theme} {{ {inked}{papered}{middle}color: {ink}; background: {paper}; "
            f"color-scheme: {theme}; padding: 8px; }}\n.simimport-{theme} .moment {{ border-color: {ink}; }}"
        )
    return "\n".join(rules)


#: One sheet for the whole dashboard. Colours of text are the page's own, so that it reads in the dark too.
STYLE = f"""<style>
.simimport {{ max-width: 1720px; }}
.simimport .widget-html-content, .simimport .jupyter-widgets-html {{ line-height: 1.35; }}
.simimport h2 {{ margin: 9px 0 3px; font-size: 13px; font-weight: 600; line-height: inherit; }}
.simimport h1 {{ position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }}
.simimport .lm-TabBar-tabLabel {{ color: var(--jp-ui-font-color0); }}
.simimport .jupyter-widget-tab > .widget-tab-contents {{ padding: 8px; }}
.simimport .narrow {{ padding: 0; }}
/* the sheet of widgets takes the outlines of boxes away, as strongly as that */
.simimport.simimport.simimport.simimport :focus-visible {{ outline: 2px solid {PUBLISHED_COLOR} !important;
  outline-offset: 1px; }}
.simimport .widget-readout {{ min-width: 50px; }}
.simimport .note {{ font-size: 12px; opacity: .75; }}
.simimport .states span {{ display: inline-block; padding: 1px 9px; margin-right: 4px; border-radius: 9px;
  font-size: 12px; border: 1px solid rgba(128, 128, 128, .45); }}
.simimport pre {{ margin: 0; padding: 8px 10px; font: 11px/1.35 monospace; border-radius: 4px;
  background: rgba(128, 128, 128, .11); word-break: normal; white-space: pre-wrap; overflow-wrap: anywhere; }}
.simimport pre b {{ background: {PUBLISHED_COLOR}33; border-radius: 2px; }}
.simimport .bars {{ display: grid; grid-template-columns: max-content 1fr max-content; gap: 5px 8px;
  align-items: center; font-size: 12px; }}
.simimport .bars div {{ height: 14px; background: rgba(128, 128, 128, .17); border-radius: 2px; }}
.simimport .bars div i {{ display: block; height: 100%; border-radius: 2px; }}
.simimport .bars em {{ grid-column: 1 / -1; font-style: normal; font-weight: 600; margin-top: 5px; }}
.simimport .bars output {{ text-align: right; font-variant-numeric: tabular-nums; }}
.simimport .shares {{ display: flex; height: 26px; border-radius: 4px; overflow: hidden; font-size: 12px; }}
.simimport .shares span {{ line-height: 26px; text-align: center; white-space: nowrap;
  overflow: hidden; }}
.simimport .ends {{ margin: 6px 0; font-variant-numeric: tabular-nums; }}
.simimport .code {{ display: flex; gap: 6px; align-items: flex-start; margin-bottom: 3px; }}
.simimport .code pre {{ flex: 1; user-select: all; }}
.simimport .code button {{ padding: 0 12px; font-size: 12px; line-height: 29px; cursor: pointer; }}
.simimport .wrong {{ border-left: 4px solid {STATE_COLORS[State.ERROR]}; padding-left: 6px;
  font-size: 12px; }}
.simimport-wrong input {{ border-color: {STATE_COLORS[State.ERROR]} !important; }}
.simimport-place {{ min-height: 20px; }}
.simimport .instant {{ display: inline-block; min-width: 64px; text-align: right; line-height: 28px;
  font-variant-numeric: tabular-nums; }}
.simimport .busy, .simimport-old {{ animation: simimport-late .01s .15s both; }}
.simimport .busy {{ --early: 0; --late: 1; }}
.simimport-old {{ --late: .45; }}
@keyframes simimport-late {{ from {{ opacity: var(--early, 1); }} to {{ opacity: var(--late); }} }}
.simimport .over {{ position: relative; aspect-ratio: {_SHAPE}; overflow: hidden; }}
.simimport .moment {{ position: absolute; margin-left: -1px; border-left: 2px dashed {_INK}; }}
.simimport-picture {{ aspect-ratio: {_SHAPE}; }}
.simimport .caption {{ margin: 6px 0 2px; font-size: 13px; }}
.simimport .keys {{ display: flex; flex-wrap: wrap; gap: 1px 16px; margin: 1px 0 6px; padding: 0;
  list-style: none; font-size: 12px; }}
.simimport .keys i {{ display: inline-block; width: 18px; height: 10px; margin-right: 6px; }}
.simimport .keys .line i {{ height: 3px; vertical-align: 3px; }}
.simimport .keys .dot i {{ width: 9px; height: 9px; border-radius: 50%; }}
.simimport .widget-tab-contents, .simimport .widget-html {{ overflow: visible; }}
{_papers()}
</style>"""
# selecting and copying works without a secure context too, where the newer clipboard is not
_COPY = "getSelection().selectAllChildren(this.previousElementSibling);document.execCommand('copy')"


def heading(words: str) -> str:
    """Return a heading."""
    return f"<h2>{text(words)}</h2>"


def message(sentence: str, *, wrong: bool) -> str:
    """Return what is said about something done or refused; nothing for no sentence."""
    kind = 'class="wrong" role="alert"' if wrong else 'class="note" role="status"'
    return f"<div {kind}>{text(sentence)}</div>" if sentence else ""


def busy(words: str) -> str:
    """Return what is said while it computes."""
    return f'<div class="note busy" role="status">{text(words)} …</div>'


def instant(view: View) -> str:
    """Return the instant as a number, beside the slider that it follows."""
    return f'<output class="instant">{number(view.at_s)} s</output>'


def kept(about: str, scenario: Scenario, controlled: tuple[str, ...]) -> str:
    """Return what a preset is about, and what of it no control shows."""
    others = {name: value for name, value in scenario.changed().items() if name not in controlled}
    also = ", ".join(f"{name} {value}" for name, value in others.items())
    parts = [about, f"Beside the controls: {also}" if also else ""]
    return f'<div class="note">{text(". ".join(filter(None, parts)))}</div>'


def dialect(name: str) -> str:
    """Return whom a dialect stands for."""
    return f'<div class="note">As {text(dialect_of(name).about)}</div>'


def states(view: View) -> str:
    """Return the eight states in a row, the present one in its colour."""
    chips = []
    for state in State:
        color = STATE_COLORS[state]
        ink = written_on(color, CONTRAST_OF_TEXT)
        now = f' style="background:{color};border-color:{color};color:{ink};font-weight:600"'
        chips.append(f"<span{now if state is view.state else ''}>{state}</span>")
    instant = f"{duration(view.at_s)} of {duration(view.end_s)}"
    return (
        f'<div class="states" role="status">{"".join(chips)}</div>'
        f'<div class="note">After {instant}: <b>{view.state}</b>, step {view.step}</div>'
    )


def moment(view: View) -> str:
    """Return the line that marks the instant in a picture of whatever size, to lie upon it."""
    top, bottom = view.picture.top, view.picture.bottom
    return (
        f'<div class="over"><div class="moment" style="left:{view.moment:.4%};top:{top:.4%};'
        f'height:{bottom - top:.4%}"></div></div>'
    )


def caption(picture: Picture) -> str:
    """Return what a picture's title says, to stand above it."""
    return f'<div class="caption">{text(picture.title)}</div>'


def keys(picture: Picture) -> str:
    """Return what the colours of a picture mean, to stand below it."""
    entries = (
        f'<li class="{key.kind}"><i style="background:{key.color}"></i>{text(key.words)}</li>'
        for key in picture.keys
    )
    return f'<ul class="keys">{"".join(entries)}</ul>'


def counters(view: View) -> str:
    """Return the counters as bars: what is published, and what is true."""
    counts, staged = view.counters, view.run.scenario.users
    processed = counts.completed + counts.error
    rows = [
        "<em>Published</em>",
        _bar("completed", counts.completed, staged, OUTCOME_COLORS["imported"]),
        _bar("error", counts.error, staged, OUTCOME_COLORS["failed"]),
        _bar("remaining", counts.total - processed, staged, OUTCOME_COLORS["unreached"]),
        "<em>In truth</em>",
        _bar("imported", counts.imported, staged, OUTCOME_COLORS["imported"]),
        _bar("failed", counts.failed, staged, OUTCOME_COLORS["failed"]),
        _bar("unpublished", max(counts.imported + counts.failed - processed, 0), staged, TRUTH_COLOR),
    ]
    return f'<div class="bars">{"".join(rows)}</div>'


def _bar(name: str, users: int, of: int, color: str) -> str:
    share = users / of if of else 0.0
    return (
        f'<span>{name}</span><div role="img" aria-label="{name}: {number(users)} of {counted(of, "user")}">'
        f'<i style="width:{share:.3%};background:{color}"></i></div>'
        f"<output>{counted(users, 'user')}, {percent(share)}</output>"
    )


def answer(view: View) -> str:
    """Return the answer as JSON, with what moves in it standing out."""
    # of several lines, and nobody's text
    body = escape(view.body, quote=False)
    moving = r'"(?:state|status|completed|error|_updatedAt|valid)": ("[^"]*"|\w+)'
    body = re.sub(moving, lambda match: match[0].replace(match[1], f"<b>{match[1]}</b>"), body)
    return f'<h2>What import.status answers</h2><pre class="answer">{body}</pre>'


def code(view: View) -> str:
    """Return the line that makes the run again, with a button that copies it."""
    return (
        f'<h2>The same run in code</h2><div class="code"><pre>{text(view.code)}</pre>'
        f'<button class="jupyter-button" title="Copy the line of code" onclick="{_COPY}">Copy</button></div>'
        f'<div class="note">Call it run: then <code>{text(view.answer_code)}</code> is the answer shown.'
        "</div>"
    )


def shares(found: Many) -> str:
    """Return how the runs ended, as shares of one bar and as a table."""
    parts, rows = [], []
    for state, runs in found.finals.items():
        share, interval = runs / found.replicates, share_interval(runs, found.replicates)
        name = f"{swatch(STATE_COLORS[state])}{state}"
        rows.append((name, percent(share), ranged(*interval, percent), number(runs)))
        if runs:
            color = STATE_COLORS[state]
            style = f"width:{share:.3%};background:{color};color:{written_on(color, CONTRAST_OF_TEXT)}"
            parts.append(f'<span style="{style}">{state}</span>')
    head = ("ended as", "share", "its 95 % interval", "runs")
    ends = table(head, rows, caption="how the runs ended", right=(1, 2, 3), size=12)
    return (
        f"<h2>How {counted(found.replicates, 'run')} of this scenario end</h2>"
        f'<div class="shares" role="img" aria-label="shares of the ends">{"".join(parts)}</div>'
        f'<div class="ends">{ends}</div>'
        f'<div class="note">The median run takes {duration(found.median_s)}. '
        f"Their seeds are derived from {text(found.seed)}.</div>"
    )
