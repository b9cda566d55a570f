"""Shows a Mermaid diagram of states as a table of its arrows: GitHub draws it, the site has no drawing program."""

from __future__ import annotations

import re

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

_DIAGRAM = re.compile(r"^```mermaid\n(?P<arrows>.*?)^```$", re.MULTILINE | re.DOTALL)
_ARROW = re.compile(r"^\s*(?P<source>\S+) --> (?P<target>\S+): (?P<trigger>.+)$", re.MULTILINE)
_BEGIN = "[*]"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace the diagrams of a page."""
    return tables_of(markdown)


def tables_of(markdown: str) -> str:
    """Return a page with its diagrams as tables, one row for each arrow."""
    return _DIAGRAM.sub(lambda diagram: _table(diagram["arrows"]), markdown)


def _table(arrows: str) -> str:
    rows = [
        f"| {'' if source == _BEGIN else f'`{source}`'} | {trigger} | `{target}` |"
        for source, target, trigger in _ARROW.findall(arrows)
    ]
    return "\n".join(["| From | Trigger | To |", "|---|---|---|", *rows])
