"""Markdown to HTML. Live figures enter prose only by `{{ evidence("id") }}`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from statuspress.errors import ContentError
from statuspress.render.content import Article

_SHORTCODE = re.compile(r"\{\{(.*?)(\}\}|$)")
_EVIDENCE = re.compile(r"""\s*evidence\(\s*["']([A-Za-z0-9_.:-]+)["']\s*\)\s*""")
_CODE_SPAN = re.compile(r"(`+)(?:(?!\1).)*\1")
_FENCE = re.compile(r"\s{0,3}(```+|~~~+)")
_OPEN, _CLOSE = "\ue000", "\ue001"
_PLACE = re.compile(f"{_OPEN}([0-9]+){_CLOSE}")


@dataclass(frozen=True, slots=True)
class Prose:
    """A text as HTML, and its second-level headings as (id, words)."""

    html: str
    headings: tuple[tuple[str, str], ...]


class Writer:
    """Turns articles into HTML with one Markdown instance, which is the costly part of a build."""

    def __init__(self) -> None:
        self._links = _Links()
        self._markdown = Markdown(
            extensions=["admonition", "codehilite", "def_list", "fenced_code", "footnotes", "tables", "toc"],
            extension_configs={
                "codehilite": {"css_class": "highlight", "guess_lang": False},
                "toc": {"toc_depth": "2-3"},
            },
            output_format="html",
        )
        self._markdown.treeprocessors.register(self._links, "links", 1)

    def write(self, article: Article, *, figure: Callable[[str], str], link: Callable[[str], str]) -> Prose:
        """The article as HTML. `figure` prints an evidence id; `link` turns an address of the site into a relative one.

        Raises ContentError with file and line for a shortcode that is none.
        """
        figures: list[str] = []
        lines = []
        fence = ""
        for number, line in enumerate(article.text.split("\n"), article.above + 1):
            mark = _FENCE.match(line)
            if mark and (not fence or line.strip().startswith(fence)):
                fence = "" if fence else mark[1][:3]
            lines.append(line if fence or mark else self._shortcodes(line, number, article, figure, figures))
        self._links.link = link
        html = self._markdown.reset().convert("\n".join(lines))
        html = _PLACE.sub(lambda found: figures[int(found[1])], html)
        html = html.replace("<pre>", '<pre tabindex="0">')
        tokens: list[dict[str, Any]] = getattr(self._markdown, "toc_tokens", [])
        return Prose(html, tuple((token["id"], token["name"]) for token in tokens if token["level"] == 2))

    def _shortcodes(
        self, line: str, number: int, article: Article, figure: Callable[[str], str], figures: list[str]
    ) -> str:
        def replace(found: re.Match[str]) -> str:
            called = _EVIDENCE.fullmatch(found[1])
            if not found[2] or not called:
                raise ContentError(
                    f'{found[0]} is no shortcode: write {{{{ evidence("an.id") }}}}', path=article.path, line=number
                )
            figures.append(figure(called[1]))
            return f"{_OPEN}{len(figures) - 1}{_CLOSE}"

        pieces, start = [], 0
        for span in _CODE_SPAN.finditer(line):
            pieces += [_SHORTCODE.sub(replace, line[start : span.start()]), span[0]]
            start = span.end()
        return "".join([*pieces, _SHORTCODE.sub(replace, line[start:])])


class _Links(Treeprocessor):
    """Makes links from the root relative, and lets wide tables scroll by themselves."""

    link: Callable[[str], str]

    def run(self, root: Any) -> None:
        for element in root.iter():
            for name in ("href", "src"):
                target = element.get(name, "")
                if target.startswith("/") and not target.startswith("//"):
                    element.set(name, self.link(target))
        for parent in list(root.iter()):
            for index, child in enumerate(list(parent)):
                if child.tag == "table":
                    box = root.makeelement("div", {"class": "scroll", "tabindex": "0", "role": "region"})
                    heads = [cell.text or "" for cell in child.iter("th")]
                    box.set("aria-label", ", ".join(heads))
                    box.append(child)
                    for cell in child.iter("th"):
                        cell.set("scope", "col")
                    parent.remove(child)
                    parent.insert(index, box)
