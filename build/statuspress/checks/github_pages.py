"""GitHub Pages: is this site built and served as it should be?"""

from statuspress.checks.check import Ask, Check, Criterion

GITHUB_PAGES = Criterion(
    "github-pages",
    "GitHub Pages",
    "Whether the site is built, and served over HTTPS alone.",
    (
        Check(
            "github-pages.built",
            "The last build succeeded",
            "GitHub's own word on the last deployment of the site.",
            1,
            "github.pages.built",
            Ask.TRUE,
            "See the log of the Pages workflow.",
        ),
        Check(
            "github-pages.https",
            "The site is served over HTTPS alone",
            "Whether HTTPS is enforced.",
            1,
            "github.pages.https",
            Ask.TRUE,
            "Enforce HTTPS in the Pages settings.",
        ),
    ),
)
