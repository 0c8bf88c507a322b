"""``python tools/screenshots.py FOLDER``: pictures of the built documentation, each kind of page wide and narrow, light
and dark; and whether a page asks the network for anything, has errors of scripts, or is wider than its window.

It takes what ``python -m sphinx docs docs/_build`` has built, playwright (from PyPI) and a Chromium of the system.
"""

import argparse
import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

BUILT = Path(__file__).resolve().parent.parent / "docs" / "_build"
# one page of each kind
PAGES = [
    "index",
    "learn/index",
    "recipes/index",
    "recipes/digits",
    "gallery/index",
    "gallery/elementwise",
    "gallery/rows",
    "coming_from/index",
    "api/index",
    "api/softmax",
    "guides/index",
    "guides/masks",
    "accuracy",
    "speed",
    "c_and_cython",
    "develop/index",
    "search",
]
WIDTHS = {"wide": 1400, "narrow": 390}
# the words that are searched for, and a page that has to be among the results
SEARCHED = ("temperature", "Errors explained")


def overflow(page):
    """The names of elements that make a page wider than its window."""
    return page.evaluate(
        """() => [...document.querySelectorAll('article *')]
        .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1
                && !e.closest('.table-wrapper, pre, .math, .highlight, .sd-card'))
        .slice(0, 3).map(e => e.tagName + '.' + e.className)"""
    )


def watched(browser, scheme, width, faults):
    """A page of that width and colour scheme that says what it asks the network for, and which scripts fail."""
    page = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 900}).new_page()
    page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))

    def asked(request):
        if not request.url.startswith(("file:", "data:", "blob:")):
            faults.append(f"{page.url} asks for {request.url}")

    page.on("request", asked)
    return page


def look(browser, pages, folder, height):
    faults = []
    for scheme in ("light", "dark"):
        for called, width in WIDTHS.items():
            page = watched(browser, scheme, width, faults)
            for name in pages:
                page.goto((BUILT / f"{name}.html").as_uri())
                if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                    faults.append(f"{name} ({called}) is wider than its window: {overflow(page)}")
                for image in page.evaluate("[...document.images].filter(i => !i.naturalWidth).map(i => i.src)"):
                    faults.append(f"{name}: no picture {image}")
                whole = page.evaluate("document.documentElement.scrollHeight")
                page.set_viewport_size({"width": width, "height": max(min(whole, height), 900)})
                page.screenshot(path=folder / f"{name.replace('/', '-')}-{called}-{scheme}.png")
                page.set_viewport_size({"width": width, "height": 900})
            page.context.close()
    return faults


def search(browser):
    words, wanted = SEARCHED
    page = browser.new_page()
    page.goto((BUILT / "search.html").as_uri() + f"?q={words}")
    page.wait_for_selector("#search-results li a", timeout=10_000)
    page.wait_for_timeout(500)
    found = page.eval_on_selector_all("#search-results li a", "all => all.map(a => a.textContent)")
    print(f"search for {words}: {len(found)} results: {', '.join(found[:8])}")
    return [] if any(wanted in title for title in found) else [f"no {wanted} among what {words} finds"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="for the pictures")
    parser.add_argument("--pages", nargs="+", help="these alone, such as api/softmax; 'all' takes every page")
    parser.add_argument("--height", type=int, default=3000, help="of a picture at most; default: %(default)s")
    given = parser.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    pages = given.pages or [name for name in PAGES if (BUILT / f"{name}.html").exists()]
    if pages == ["all"]:
        pages = [path.relative_to(BUILT).with_suffix("").as_posix() for path in sorted(BUILT.rglob("*.html"))]
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or shutil.which("google-chrome") or shutil.which("chrome")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        faults = look(browser, pages, given.folder, given.height) + search(browser)
        browser.close()
    print("\n".join(dict.fromkeys(faults)) or f"{len(pages)} pages, no fault")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
