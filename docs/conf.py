"""The documentation's settings: ``python -m sphinx docs docs/_build -W``. docs/README.md says how pages are written."""

import runpy
import sys
from importlib import metadata
from pathlib import Path

HERE = Path(__file__).parent
runpy.run_path(str(HERE.parent / "conftest.py"))  # the installed package, not the source folder
sys.path.insert(0, str(HERE / "_ext"))


project = "fastact"
release = version = metadata.version("fastact")
author = copyright = "the fastact developers"

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
    # docs/_ext
    "mathml",
    "forge",
    "links",
    "reference",
]
html_math_renderer = "mathml"
source_suffix = {".rst": "restructuredtext", ".md": "markdown"}
# README is for who writes; tutorial holds the scripts of which the pages in learn/ are made
exclude_patterns = ["_build", "_ext", "README.md", "tutorial"]
nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]  # what stands in backquotes need not have a page
default_role = "autolink"  # `softmax` in a docstring is a link

html_theme = "furo"
html_title = f"fastact {release}"
html_static_path = ["_static"]
html_css_files = ["pages.css"]
html_copy_source = False
html_theme_options = {"top_of_page_buttons": []}  # many pages are written by the build: there is no source to show

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 4

numpydoc_show_class_members = False
autodoc_typehints = "none"  # the docstrings say more
copybutton_exclude = ".linenos, .gp, .go"

sphinx_gallery_conf = {
    "examples_dirs": ["../examples", "tutorial"],
    "gallery_dirs": ["recipes", "learn"],
    # the one that starts a cluster and writes files of 1 GiB is shown alone; tests/test_examples.py runs it
    "filename_pattern": r"/(?!dask_scoring)\w+\.py$",
    "ignore_pattern": r"/_",
    "within_subsection_order": "FileNameSortKey",
    "reset_modules": ("figures.reset",),
    "image_scrapers": ("figures.scraper",),
    "abort_on_example_error": True,
    "default_thumb_file": str(Path(__file__).parent / "_static" / "recipe.svg"),
    "capture_repr": (),  # what scripts print, not the last value of a cell
    "download_all_examples": False,
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,  # times of one run on one machine are no result
    "write_computation_times": False,
}
