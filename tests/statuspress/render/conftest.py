"""A small site of its own: the project's look, and content of three pages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]

_PAGES = {
    "pages/home.md": '+++\ntitle = "One question about an address"\nsummary = "A site."\n+++\nMeasured, not typed.\n',
    "pages/about.md": '+++\ntitle = "About"\n+++\n## Why\n\nSee [the status](/status/).\n',
    "projects/case.md": """+++
title = "A case"
summary = "What was chosen, and why."
tags = ["design"]
order = 1
figure = "service.memory"
+++
## The figure

Lookups take {{ evidence("service.lookup.p95") }}; the run before took {{ evidence("github.runs") }}.

| choice | cost |
|---|---|
| a file | `compile` |

```python
def lookup(address: str) -> bool:
    return "{{ not a shortcode }}" in address
```
""",
    "posts/first.md": '+++\ntitle = "First"\nsummary = "A note."\ndate = 2031-03-01\n+++\nHello.\n',
    "posts/later.md": '+++\ntitle = "Later"\ndate = 2031-03-02\ndraft = true\n+++\nNot yet.\n',
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A folder with the project's `site/` and small content, to be changed at will."""
    shutil.copytree(PROJECT / "site", tmp_path / "root" / "site")
    for name, text in _PAGES.items():
        path = tmp_path / "root" / "content" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "root"
