"""How `make docs` builds the site: Markdown by MyST, shown by furo; a dead link fails the build."""

project = "postarchive"
copyright = "the authors of postarchive"  # noqa: A001 - the name is Sphinx's
extensions = ["myst_parser"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "postarchive"
exclude_patterns = ["_build"]
suppress_warnings = ["misc.highlighting_failure"]  # outputs of a terminal are no language
