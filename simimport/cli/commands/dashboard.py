"""`simimport dashboard`: the dashboard as a page of its own, served by Voilà until Ctrl-C.

Writes a notebook of one cell into a temporary folder, for an installed package has no notebooks.
"""

from __future__ import annotations

import json
import os
import signal
import tempfile
import webbrowser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from simimport.checks import whole
from simimport.cli.commands.serving.ending import polite_signals
from simimport.cli.options import Value
from simimport.cli.output.terminal import Talk, give
from simimport.errors import MissingExtraError

__all__ = ["arguments", "dashboard", "notebook"]

_PORT = 8866
_NAME = "simimport.ipynb"
_TEMPLATE = "simimport"
# Voilà's own, but for styles from another machine, which the page does not need: its icons come with it
_WITHOUT_NETWORK = """\
{% extends 'voila/templates/lab/index.html.j2' %}
{%- block notebook_css -%}
{{ super() | replace('rel="stylesheet" href="https:', 'data-left-out="https:') }}
<style>body { background: var(--jp-layout-color0); }</style>
"""
# Voilà has one theme or the other: here the dark one's colours follow the light one's where a browser is dark
_AS_THE_BROWSER = """\
{{ resources.include_css("static/theme-dark.css")
   | replace('rel=', 'media=(prefers-color-scheme:dark) rel=') }}
<style>:root { color-scheme: light dark; }</style>
"""
_END = "{%- endblock notebook_css -%}\n"


@click.command()
@click.option("--preset", metavar="NAME", help="The scenario that it shows first; see simimport presets.")
@click.option("--theme", type=Value(str), metavar="NAME", default="auto",
              help="Its colours: light, dark, or auto for those that the browser prefers.  [default: auto]")
@click.option("--port", type=Value(int), metavar="N",
              help=f"Where it listens, on this machine alone.  [default: {_PORT}, or the next that is free]")
@click.option("--no-browser", is_flag=True, help="Open no browser; the address is shown all the same.")
def dashboard(preset: str | None, theme: str, port: int | None, no_browser: bool) -> None:
    """Open the dashboard in a browser.

    Sliders, and an import that follows them, on a page that Voilà serves to this machine alone. Needs the
    extra voila. Ctrl-C ends it.
    """
    if port is not None:
        whole("--port", port, 1, 65_535)
    from simimport.analysis.dashboard.pictures import theme_of

    theme_of(theme)
    if preset is not None:
        from simimport.model.presets import PRESETS

        # an unknown one is refused here, and not in the page
        PRESETS.about(preset)
    # without a kernel Voilà starts, and answers every page with an error
    if find_spec("voila") is None or find_spec("ipykernel") is None:
        raise MissingExtraError("simimport dashboard", "voila")
    with tempfile.TemporaryDirectory(prefix="simimport-") as folder:
        path = Path(folder) / _NAME
        path.write_text(json.dumps(notebook(preset, Path.cwd(), theme)), encoding="utf-8")
        _put_template(Path(folder), theme)
        _serve_page(arguments(path, port, theme), browser=not no_browser)


def notebook(preset: str | None, folder: Path, theme: str = "auto") -> dict[str, Any]:
    """Return a notebook that shows the dashboard, and saves relative to a folder."""
    given = [] if preset is None else [f"PRESETS[{preset!r}]"]
    shown = f"explore({', '.join(given if theme == 'auto' else [*given, f'theme={theme!r}'])})"
    source = f"import os\nfrom simimport import PRESETS, explore\n\nos.chdir({os.fspath(folder)!r})\n{shown}"
    cell: dict[str, Any] = {
        "cell_type": "code", "id": "dashboard", "metadata": {}, "outputs": [], "execution_count": None,
        "source": source,
    }  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return {
        "cells": [cell],
        "metadata": {"kernelspec": kernel, "title": "simimport"},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _put_template(folder: Path, theme: str) -> None:
    """Write the template of the page, where Voilà looks for it from now on."""
    template = folder / "voila" / "templates" / _TEMPLATE
    template.mkdir(parents=True)
    page = _WITHOUT_NETWORK + (_AS_THE_BROWSER if theme == "auto" else "") + _END
    (template / "conf.json").write_text('{"base_template": "lab"}', encoding="utf-8")
    (template / "index.html.j2").write_text(page, encoding="utf-8")
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = os.pathsep.join(filter(None, [str(folder), before]))


def arguments(path: Path, port: int | None, theme: str = "auto") -> list[str]:
    """Return what Voilà is started with: on this machine alone, and only for who has the address."""
    return [
        str(path),
        f"--template={_TEMPLATE}",
        f"--theme={'dark' if theme == 'dark' else 'light'}",
        "--Voila.ip=127.0.0.1",
        f"--port={_PORT if port is None else port}",
        # a port that was asked for is that one or none
        f"--Voila.port_retries={50 if port is None else 0}",
        # whoever is let in may have answers written to files
        "--Voila.auto_token=True",
        "--Voila.log_level=ERROR",
    ]


def _serve_page(given: list[str], *, browser: bool) -> None:
    from voila.app import Voila

    app = Voila.instance()

    def introduce() -> None:
        Talk().say("Serving the dashboard; Ctrl-C ends it. Its address:\n", indent=0)
        give(f"{app.display_url}\n")
        if browser:
            webbrowser.open(app.display_url)

    # called once it listens; its own way of opening a browser forgets the token
    app.launch_browser = introduce
    # a polite kill ends the kernels too, and so does a terminal that is closed
    for number in polite_signals():
        signal.signal(number, signal.default_int_handler)
    app.initialize(given)
    app.start()
