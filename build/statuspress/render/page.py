"""A page to be made: its address, its template and its words for search engines."""

from __future__ import annotations

from dataclasses import dataclass

from statuspress.render.content import Article, Content
from statuspress.render.texts import Texts


@dataclass(frozen=True, slots=True)
class Page:
    """`section` is the entry of the navigation that is current on it; `rooted` links start at the site's root."""

    url: str
    template: str
    title: str
    description: str
    section: str
    article: Article | None = None
    rooted: bool = False


def all_pages(content: Content, texts: Texts) -> list[Page]:
    """Every page of an edition, home first."""
    made = [_fixed(texts, name, url) for name, url in _FIXED.items()]
    made[0] = _written(content.pages["home"], "/", "home.html", "home")
    pages = [page for page in content.pages.values() if page.slug != "home" and not page.slug.startswith("report-")]
    made += [_written(page, page.url, "article.html", page.slug) for page in pages]
    made += [_written(one, one.url, "article.html", one.section) for one in (*content.projects, *content.posts)]
    for name, url in (("feed", "/feed.xml"), ("sitemap", "/sitemap.xml"), ("robots", "/robots.txt")):
        template = name + (".txt" if name == "robots" else ".xml")
        made.append(Page(url, template, "", "", name, rooted=True))
    return made


_FIXED = {
    "home": "/",
    "status": "/status/",
    "scorecard": "/scorecard/",
    "performance": "/performance/",
    "report": "/reports/latest/",
    "projects": "/projects/",
    "posts": "/posts/",
    "lost": "/404.html",
}


def _fixed(texts: Texts, name: str, url: str) -> Page:
    title = texts(f"{name}.title") if name != "home" else ""
    description = texts(f"{name}.lead") if name != "home" else ""
    return Page(url, f"{name}.html", title, description, name, rooted=name == "lost")


def _written(article: Article, url: str, template: str, section: str) -> Page:
    return Page(url, template, article.head.title, article.head.summary, section, article)
