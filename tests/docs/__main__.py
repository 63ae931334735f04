"""`python -m tests.docs [--no-open]`: build the guide into out/site and open it in a browser.

Needs the extra docs. A warning is an error, and so is a fold of the navigation that has no name.
"""

from __future__ import annotations

import argparse
import sys
import webbrowser

from sphinx.cmd.build import build_main

from tests.pages import ROOT

SITE = ROOT / "out" / "site"


def main() -> None:
    """Build it, and open it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-open", action="store_true", help="build it alone")
    asked = parser.parse_args()
    options = ["-W", "--keep-going", "-q", "-j", "auto", "-b", "html"]
    if failed := build_main([*options, str(ROOT / "docs"), str(SITE)]):
        sys.exit(failed)
    # as the theme writes them, for those who see; `docs/conf.py` names them
    nameless = [page for page in SITE.rglob("*.html") if "<summary><span" in page.read_text(encoding="utf-8")]
    if nameless:
        sys.exit(f"what can be folded has no name in {nameless[0]}")
    print(SITE / "index.html")
    if not asked.no_open:
        webbrowser.open((SITE / "index.html").as_uri())


if __name__ == "__main__":
    main()
