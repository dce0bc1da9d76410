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


def all_pages(content: Content, texts: Texts, root: str) -> list[Page]:
    """Every page of an edition that lives below `root`, home first. A translation lists what is translated."""
    fixed = dict(_FIXED)
    if root != "/":
        del fixed["lost"]
        if not content.projects:
            del fixed["projects"]
        if not content.posts:
            del fixed["posts"]
    made = [_written(content.pages["home"], root, "home.html", "home")]
    made += [_fixed(texts, name, root + path) for name, path in fixed.items()]
    pages = [page for page in content.pages.values() if page.slug != "home" and not page.slug.startswith("report-")]
    made += [_written(page, root + page.url[1:], "article.html", page.slug) for page in pages]
    articles = (*content.projects, *content.posts)
    made += [_written(one, root + one.url[1:], "article.html", one.section) for one in articles]
    made.append(Page(f"{root}feed.xml", "feed.xml", "", "", "feed", rooted=True))
    if root == "/":
        made.append(Page("/sitemap.xml", "sitemap.xml", "", "", "sitemap", rooted=True))
        made.append(Page("/robots.txt", "robots.txt", "", "", "robots", rooted=True))
    return made


_FIXED = {
    "status": "status/",
    "scorecard": "scorecard/",
    "performance": "performance/",
    "report": "reports/latest/",
    "projects": "projects/",
    "posts": "posts/",
    "lost": "404.html",
}


def _fixed(texts: Texts, name: str, url: str) -> Page:
    return Page(url, f"{name}.html", texts(f"{name}.title"), texts(f"{name}.lead"), name, rooted=name == "lost")


def _written(article: Article, url: str, template: str, section: str) -> Page:
    return Page(url, template, article.head.title, article.head.summary, section, article)
