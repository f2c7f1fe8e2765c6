"""What Sphinx is told, in both languages; `docs/make_site.py` gives it the pages, the language and the version."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

project = "chainrule"
extensions = ["myst_parser", "bigrams"]
source_suffix = {".md": "markdown"}
root_doc = "index"
templates_path = ["templates"]
pygments_style, pygments_dark_style = "friendly", "github-dark"
highlight_language = "none"  # a block says what it is
add_module_names = True
toc_object_entries_show_parents = "hide"
maximum_signature_line_length = 90
python_use_unqualified_type_names = True
myst_enable_extensions: list[str] = []
myst_heading_anchors = 3
myst_links_external_new_tab = False

html_theme = "furo"
html_theme_options = {"top_of_page_buttons": ["view"], "sidebar_hide_name": False}
html_static_path = ["site.css", "site.js"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
html_sidebars = {"**": [f"sidebar/{part}.html" for part in ("brand", "search", "scroll-start", "navigation", "scroll-end")]}
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = True
html_sourcelink_suffix = ""
html_use_index = True
html_domain_indices = False
html_last_updated_fmt = None
suppress_warnings: list[str] = []
html_favicon = "favicon.svg"
