"""What is said of the dashboard to who does not see it: the names and values that its widgets do not have.

ipywidgets leaves handles, pictures and the buttons of Play without names, and calls values by the places of
their stops. No widget can be told otherwise, so the browser tells: a few lines that run where the dashboard
is shown, and again when something in it changes. They send nothing, and change nothing that is seen.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape

__all__ = ["TITLE", "naming", "picture_class"]

#: What the dashboard is called.
TITLE = "A simulated import"
_PLAY = {"play": "Play: let time go by", "pause": "Pause", "stop": "Stop, and back to the beginning"}
_SAID_OF = {
    "progress": "Progress of the import over time, as published and in truth; its numbers are below",
    "fan": "Progress of all runs over time; how they end is in the table",
}
_SCRIPT = """
const board = this.closest('.simimport');
const put = (node, name, value) => {
  if (node && value && node.getAttribute(name) !== value) node.setAttribute(name, value);
};
const text = node => node ? node.textContent.trim() : '';
const tell = () => {
  const main = document.querySelector('main, [role=main]');
  put(board, 'role', !main || main === board ? 'main' : 'region');
  put(board, 'aria-label', %(title)s);
  for (const slider of board.querySelectorAll('.widget-slider')) {
    const beside = slider.parentElement, row = beside.matches('.widget-hbox') ? beside : slider;
    const handle = slider.querySelector('[role=slider]');
    const label = text(slider.querySelector('.widget-label'));
    put(handle, 'aria-label', label);
    put(handle, 'aria-valuetext',
        text(row.querySelector('output')) || text(slider.querySelector('.widget-readout')));
    put(row.querySelector('.widget-text input'), 'aria-label', label + ', to be written');
    put(slider.querySelector('.widget-readout'), 'aria-label', label + ', to be written');
  }
  for (const [icon, words] of Object.entries(%(play)s))
    for (const sign of board.querySelectorAll('.widget-play .fa-' + icon)) {
      put(sign.parentElement, 'aria-label', words);
      put(sign.parentElement, 'title', words);
    }
  for (const [name, words] of Object.entries(%(pictures)s))
    for (const picture of board.querySelectorAll('img.' + name)) put(picture, 'alt', words);
  for (const node of board.querySelectorAll('[title=null]')) node.removeAttribute('title');
};
new MutationObserver(tell).observe(board, {
  subtree: true, childList: true, characterData: true, attributes: true,
  attributeFilter: ['aria-valuetext', 'class', 'title'],
});
tell();
"""


def picture_class(place: int) -> str:
    """Return the class of the picture at a place, by which it is found."""
    return f"simimport-picture-{place}"


def naming(pictures: Sequence[str]) -> str:
    """Return what has the browser give names, put into the dashboard; it shows these pictures, in order."""
    alts = {
        picture_class(place): _SAID_OF.get(name, f"{name}: a picture of your own")
        for place, name in enumerate(pictures)
    }
    given = {"title": TITLE, "play": _PLAY, "pictures": alts}
    script = _SCRIPT % {name: json.dumps(value) for name, value in given.items()}
    # of all elements that run something when they are put in, the one that shows nothing
    return f'<style onload="{escape(script)}"></style>'
