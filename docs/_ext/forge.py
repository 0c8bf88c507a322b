"""Files outside docs: links to them go to the forge, and some of them become pages here.

The pages stand on the forge too, where links are relative paths. A link to a file that is not there is a warning.
"""

import os
import re
from pathlib import Path

from sphinx.util import logging

logger = logging.getLogger(__name__)

DOCS = Path(__file__).resolve().parent.parent
ROOT = DOCS.parent
FORGE = "https://github.com/fastact/fastact"
# page -> the file that it shows
SHOWN = {"changelog": "CHANGELOG.md", "develop/contributing": "CONTRIBUTING.md", "develop/c_library": "src/README.md"}
LINK = re.compile(r"(?<=\]\()(?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?(?=\))")


def _target(path, page):
    """Where a link to that file of the tree leads from that page, a path without suffix."""
    name = path.relative_to(ROOT).as_posix()
    shown = {file: other for other, file in SHOWN.items()}
    inside = DOCS / f"{shown[name]}.md" if name in shown else path
    is_page = inside.is_relative_to(DOCS) and inside.suffix != ".py" and inside != DOCS / "README.md"
    if is_page and not path.is_dir():
        return Path(os.path.relpath(inside, (DOCS / page).parent)).as_posix()
    return f"{FORGE}/{'tree' if path.is_dir() else 'blob'}/main/{name}"


def _moved(match, folder, page):
    """A link that is relative to that folder, for a page of the site."""
    path = Path(os.path.normpath(folder / match[1]))
    if not path.is_relative_to(ROOT) or not path.exists():
        logger.warning("a link to %s, which is not there", match[1], location=page)
        return match[0]
    return _target(path, page) + (match[2] or "")


def write(path, text):
    """Writes a generated page, unless it stands there already: an unchanged page is not read again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def show(app):
    """Writes the pages that show files from outside docs."""
    for page, name in SHOWN.items():
        path = ROOT / name
        text = LINK.sub(lambda match, path=path, page=page: _moved(match, path.parent, page), path.read_text("utf-8"))
        write(DOCS / f"{page}.md", text)


def read(app, page, source):
    """Links within docs are MyST's to check; others are ours."""
    path = Path(app.env.doc2path(page))
    if path.suffix != ".md" or page in SHOWN:
        return

    def link(match):
        target = Path(os.path.normpath(path.parent / match[1]))
        is_page = target.is_relative_to(DOCS) and not target.is_dir()
        return match[0] if is_page else _moved(match, path.parent, page)

    source[0] = LINK.sub(link, source[0])


def setup(app):
    app.connect("builder-inited", show)
    app.connect("source-read", read)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
