"""After the build: every link within the site leads to a page, and to a place on it; and no page needs the network."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.util import logging

logger = logging.getLogger(__name__)
LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}
OTHERS = {"canonical", "edit"}  # rel of a <link> that loads nothing
# Sphinx writes attributes in double quotes; HTMLParser would take ten times as long
TAG = re.compile(rf"<(a|{'|'.join(LOADED)})\b([^>]*)>")
ATTRIBUTE = re.compile(r'\b(href|src|rel)="([^"]*)"')
PLACE = re.compile(r'\s(?:id|name)="([^"]*)"')


class Page:
    """The places on a page, where its links lead, and what it loads."""

    def __init__(self, path):
        text = path.read_text("utf-8")
        self.places = {"", "top", *map(unescape, PLACE.findall(text))}
        self.links, self.loaded = set(), set()
        for tag, attributes in TAG.findall(text):
            given = {name: unescape(value) for name, value in ATTRIBUTE.findall(attributes)}
            if tag == "a" and "href" in given:
                self.links.add(given["href"])
            elif tag in LOADED and LOADED[tag] in given and given.get("rel") not in OTHERS:
                self.loaded.add(given[LOADED[tag]])


def check(app, failure):
    if failure or app.builder.format != "html":
        return
    root = Path(app.outdir).resolve()
    pages = {path: Page(path) for path in root.rglob("*.html")}
    for path, page in pages.items():
        shown = path.relative_to(root)
        for link in sorted(page.links | page.loaded):
            found = urlsplit(link)
            if found.scheme or found.netloc:
                if link in page.loaded and found.scheme != "data":
                    logger.warning("%s loads %s: pages need no network", shown, link)
                continue
            target = (path.parent / unquote(found.path)).resolve() if found.path else path
            if not target.exists():
                logger.warning("%s links to %s, which is not there", shown, link)
            elif target in pages and unquote(found.fragment) not in pages[target].places:
                logger.warning("%s links to %s, of which the page has no such place", shown, link)


def setup(app):
    app.connect("build-finished", check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
