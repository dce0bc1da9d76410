"""What people write: the Markdown files of `content/`, read and checked before any page is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from statuspress.errors import ContentError
from statuspress.render.frontmatter import Head, split_front_matter


@dataclass(frozen=True, slots=True)
class Article:
    """One Markdown file. `above` counts the lines before its text, so that errors can name the right one."""

    path: Path
    section: str
    slug: str
    head: Head
    text: str
    above: int

    @property
    def url(self) -> str:
        """Where its page lives, from the root of the site."""
        return f"/{self.section}/{self.slug}/" if self.section != "pages" else f"/{self.slug}/"


@dataclass(frozen=True, slots=True)
class Content:
    """Pages by name, case studies in their order, posts newest first. Drafts are left out."""

    pages: dict[str, Article]
    projects: tuple[Article, ...]
    posts: tuple[Article, ...]


def load_content(folder: Path, suffix: str = "") -> Content:
    """Reads `pages/`, `projects/` and `posts/`. Raises ContentError with file and line.

    `suffix` is that of a translation's files: `.ko` for `about.ko.md`.
    """
    pages = {article.slug: article for article in _read(folder, "pages", suffix)}
    for name in ("home", "about"):
        if name not in pages:
            raise ContentError("is missing: every site has it", path=folder / "pages" / f"{name}{suffix}.md")
    projects = sorted(_read(folder, "projects", suffix), key=lambda a: (a.head.order, a.slug))
    posts = sorted(_read(folder, "posts", suffix), key=lambda a: (a.head.date or date.min, a.slug), reverse=True)
    for post in posts:
        if post.head.date is None:
            raise ContentError("a post needs a date: add one to its front matter", path=post.path, line=1)
    return Content(pages, tuple(projects), tuple(posts))


def _read(folder: Path, section: str, suffix: str) -> list[Article]:
    found = []
    for path in sorted((folder / section).glob(f"*{suffix}.md")):
        slug = path.name.removesuffix(f"{suffix}.md")
        if "." in slug:  # a translation, and not the one asked for
            continue
        try:
            source = path.read_text(encoding="utf-8").replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise ContentError("is not UTF-8 text: save it as UTF-8", path=path) from None
        except OSError as error:
            raise ContentError(f"cannot be read: {error.strerror}", path=path) from None
        head, text, above = split_front_matter(source, path)
        if not head.draft:
            found.append(Article(path, section, slug, head, text, above))
    return found
