"""Takes what stands outside docs/ into the site without a copy: README, change log, and files that pages link to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

PROJECT = Path(__file__).parents[1]
PAGES = {"README.md": "start.md", "CHANGELOG.md": "changes.md"}
"""Pages outside docs/, and where they are on the site."""
_LINK = re.compile(r'(?P<before>\]\(|\b(?:href|src|srcset)=")(?P<target>[^)"#\s]+)')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages outside docs/, and every file that a page links to there."""
    for path, uri in sorted({**PAGES, **_linked_files(files)}.items()):
        files.append(File.generated(config, uri, abs_src_path=str(PROJECT / path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let the links of a page, which are those of the repository, lead to the same places on the site."""
    return moved_links(markdown, page.file.src_uri)


def moved_links(markdown: str, uri: str) -> str:
    """Return a page with its links as they are on the site, where the page is at `uri`."""
    home, place = posixpath.dirname(repository_path(uri)), posixpath.dirname(uri)

    def moved(link: re.Match[str]) -> str:
        target = link["target"]
        if ":" in target:
            return link[0]
        path = posixpath.normpath(posixpath.join(home, target))
        return link["before"] + posixpath.relpath(site_uri(path), place or ".")

    return _LINK.sub(moved, markdown)


def site_uri(path: str) -> str:
    """Return where a file of the repository is on the site."""
    if path in PAGES:
        return PAGES[path]
    # A .md file that is no page of the site is shown as a file.
    return path.removeprefix("docs/") if path.startswith("docs/") else f"files/{path.removesuffix('.md')}"


def repository_path(uri: str) -> str:
    """Return where a page of the site is in the repository."""
    outside = {uri: path for path, uri in PAGES.items()}
    return outside.get(uri, f"docs/{uri}")


def _linked_files(files: Files) -> dict[str, str]:
    """The files outside docs/ that pages link to, and where they are on the site."""
    inside = [PROJECT / "docs" / file.src_uri for file in files.documentation_pages()]
    sources = [*inside, *(PROJECT / path for path in PAGES)]
    return {path: site_uri(path) for source in sources for path in _leading_out(source)}


def _leading_out(source: Path) -> Iterator[str]:
    home = posixpath.dirname(source.relative_to(PROJECT).as_posix())
    for link in _LINK.finditer(source.read_text(encoding="utf-8")):
        path = posixpath.normpath(posixpath.join(home, link["target"]))
        if ":" not in path and not path.startswith("docs/") and path not in PAGES and (PROJECT / path).is_file():
            yield path
