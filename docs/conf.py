"""How Sphinx makes the site; `python3 build/docs.py` runs it. Nothing on the pages comes from another server."""

from bundler import __version__

project = "offline-bundler"
author = "the offline-bundler authors"
copyright = "the offline-bundler authors"  # noqa: A001 - Sphinx' name
version = release = __version__

extensions = ["myst_parser"]
source_suffix = {".md": "markdown"}
root_doc = "index"
nitpicky = True
suppress_warnings: list[str] = []

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 4

html_theme = "furo"
html_title = "offline-bundler"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "github-dark"
