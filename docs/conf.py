"""How the guide is built: `python -m tests.docs`.

What can be made from the code is: `generate` writes those pages before they are read. All of it opens from
the disk without a network.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from generate import write_pages  # noqa: E402 - the folder beside this one is found from here on
from numpydoc.xref import DEFAULT_LINKS  # noqa: E402 - likewise

import simimport  # noqa: E402 - likewise
from simimport.version import __version__  # noqa: E402 - likewise

write_pages(HERE)

project = "simimport"
author = "The simimport maintainers"
project_copyright = author
version = release = __version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_nb", "sphinx_design"]
exclude_patterns = ["generate", "_*"]
default_role = "code"
# quotes and dashes in code of docstrings stay what they are
smartquotes = False
nitpicky = False

# Markdown: directives between colons, so that every fence of backticks is an example that is run
myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4
myst_links_external_new_tab = False
# notebooks are shown with the outputs that they are kept with, and without scripts from elsewhere
nb_execution_mode = "off"
# diagrams are shown as their text: drawing them would take a script from elsewhere
suppress_warnings = ["misc.highlighting_failure"]
nb_ipywidgets_js: dict[str, dict[str, str]] = {}
nb_merge_streams = True

autosummary_generate = True
autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_xref_param_type = True
# types of ours lead to their pages; those of Python would lead to another site, and be asked for there
numpydoc_xref_aliases = {word: word for word in DEFAULT_LINKS} | {
    name: f"simimport.{name}" for name in simimport.__all__ if isinstance(getattr(simimport, name), type)
}
numpydoc_xref_ignore = "all"

html_theme = "pydata_sphinx_theme"
html_title = "simimport"
html_static_path = ["_static"]
templates_path = ["_templates"]
html_css_files = ["simimport.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "simimport"},
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button-field"],
    "navbar_start": ["navbar-logo"],
    "primary_sidebar_end": [],
    "secondary_sidebar_items": ["page-toc"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
}
html_sidebars = {"index": []}


def setup(app: Any) -> None:
    """Have the folds of the navigation named once the theme has made them."""
    app.connect("html-page-context", _name_folds, priority=900)


def _name_folds(_app: object, _page: str, _template: str, context: dict[str, Any], _document: object) -> None:
    """Give what can be folded the name of its page, which the theme leaves to those who see."""
    made = context["generate_toctree_html"]

    def named(*given: Any, **asked: Any) -> str:
        return re.sub(
            r"(<a [^>]*>)([^<]+)(</a><details[^>]*><summary)>",
            r'\1\2\3 aria-label="pages of \2">',
            str(made(*given, **asked)),
        )

    context["generate_toctree_html"] = named
