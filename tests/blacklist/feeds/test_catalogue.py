from __future__ import annotations

from pathlib import Path

import pytest

from blacklist.core.policy import FeedPolicy
from blacklist.errors import SettingsError
from blacklist.feeds.catalogue import Feed, load_feeds
from blacklist.feeds.options import OPTIONS
from blacklist.formats.registry import READERS
from blacklist.settings import DEFAULT_FEEDS
from blacklist.store.interface import FeedInfo

GOOD = """\
# comment
[[feed]]
name = "one"
url = "https://example.org/one.txt"
format = "plain"
category = "attacks"

[[feed]]
name = "two"
path = "lists/two"
format = "netset"
category = "scans"
confidence = 90
licence = "CC0"
attribution = "Two"
homepage = "https://example.org/"
allow_special = true
min_prefix_v4 = 16
max_rejected = 0.2
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "feeds.toml"
    path.write_text(text)
    return path


def test_feeds_are_read_with_their_guards_and_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    one, two = load_feeds(write(tmp_path, GOOD))
    assert one == Feed("one", url="https://example.org/one.txt", format="plain", category="attacks")
    assert one.policy == FeedPolicy()
    assert two.path == tmp_path / "lists" / "two"
    assert two.confidence == 90
    assert two.policy == FeedPolicy(allow_special=True, min_prefix_v4=16, max_rejected=0.2)
    assert two.info == FeedInfo("two", "scans", str(tmp_path / "lists" / "two"), "CC0", "Two")


def test_a_file_without_feeds_has_none(tmp_path: Path) -> None:
    assert load_feeds(write(tmp_path, "# nothing yet\n")) == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("confidence", "confidense", 13, "there is no key 'confidense'; did you mean 'confidence'?"),
        ("licence", "zzz", 14, "there is no key 'zzz'; there are: name, url,"),
        ('[[feed]]\nname = "two"', '[[feeds]]\nname = "two"', 8, "there is no key 'feeds'; did you mean 'feed'?"),
        ("# comment\n[[feed]]", "interval = 5\n[[feed]]", 1, "there is no key 'interval'; there are: feed"),
        ("confidence = 90", "confidence = 101", 13, "confidence must be a whole number from 0 to 100, not 101"),
        ("confidence = 90", "confidence = true", 13, "confidence must be a whole number from 0 to 100, not True"),
        ("confidence = 90", 'confidence = "90"', 13, "confidence must be a whole number from 0 to 100, not '90'"),
        ("max_rejected = 0.2", "max_rejected = nan", 19, "max_rejected must be a share of lines from 0 to 1, not nan"),
        ("min_prefix_v4 = 16", "min_prefix_v4 = 0", 18, "min_prefix_v4 must be a prefix length from 1 to 32, not 0"),
        ("allow_special = true", "allow_special = 1", 17, "allow_special must be true or false"),
        ('"netset"', '"net-set"', 11, "format must be one of plain, netset,"),
        ('name = "two"', 'name = "Two"', 9, "name must be a text of at most 63 characters a-z"),
        ('name = "two"', 'name = "../two"', 9, "name must be a text of at most 63 characters a-z"),
        ('name = "two"', 'name = "two\\n"', 9, "name must be a text of at most 63 characters a-z"),
        ('name = "two"', 'name = "one"', 9, "a second feed is named 'one': give it another name"),
        ('name = "two"', 'name = "all"', 9, "'all' is the list of everything, and a feed can't be named like it"),
        ('name = "two"', 'name = "manual"', 9, "'manual' is the feed of listings made by hand, and a feed can't"),
        ('name = "two"', 'name = "operator"', 9, "'operator' is the category of listings made by hand, and a feed"),
        ('category = "scans"', 'category = "manual"', 12, "'manual' is the feed of listings made by hand, and a cat"),
        ('category = "scans"', 'category = "all"', 12, "'all' is the list of everything, and a category can't be"),
        ('name = "two"', 'name = "attacks"', 9, "'attacks' is a category, and a feed can't be named like it"),
        ('category = "scans"\n', "", 8, "a feed needs a category: a text of at most 63"),
        ('name = "two"\n', "", 8, "a feed needs a name: a text of at most 63"),
        ('path = "lists/two"\n', "", 8, "the feed 'two' needs a url or a path, one of them"),
        ('path = "lists/two"', 'path = "x"\nurl = "https://example.org"', 8, "the feed 'two' needs a url or a path"),
        ("https://example.org/one.txt", "http://example.org/one.txt", 4, "the url of 'one' is not https: use https"),
        ("https://example.org/one.txt", "ftp://example.org/one.txt", 4, "url must be an https URL"),
        ("https://example.org/one.txt", "https://", 4, "url must be an https URL"),
        ('name = "two"', "name = ", 9, "is not TOML: Invalid value"),
        ('name = "two"', 'name = "two"\ntimezone = "Asia/Soul"', 10, "timezone must be a time zone such as Asia/Seoul"),
        ('name = "two"', 'name = "two"\nttl = 5', 10, "ttl must be a time such as 12h or 30d, not 5"),
        ('name = "two"', 'name = "two"\ninterval = "0"', 10, "interval must be a time such as 15m or 6h, not '0'"),
        ('name = "two"', 'name = "two"\nttl = "1h"\ninterval = "1h"', 10, "'two': the ttl must be twice the interval"),
        ('name = "two"', 'name = "two"\nrole = "graylist"', 10, "role must be blocklist or allowlist"),
        ('name = "two"', 'name = "two"\ncolumns = {adress = "ip"}', 10, "columns must be a table of names"),
        ('name = "two"', 'name = "two"\ncolumns = {indicator = 0}', 10, "columns must be a table of names"),
        ('name = "two"', 'name = "two"\nfiles = "last"', 10, "files must be all or newest"),
        ('name = "two"', 'name = "two"\npages = 5', 10, "'two': pages goes with a url that has {page} in it"),
        ('name = "two"', 'name = "two"\nheaders = {Key = "$KEY"}', 10, "'two': headers may be secret"),
        ('name = "two"', 'name = "two"\nheaders = {Host = "x"}', 10, "headers must be a table of header names"),
        ('name = "two"', 'name = "two"\nheaders = {"a b" = "x"}', 10, "headers must be a table of header names"),
        ('name = "two"', 'name = "two"\nheaders = {Key = "a\\r\\nb"}', 10, "headers must be a table of header names"),
        ("org/one.txt", "org/{page}.txt", 4, "'one': pages goes with a url that has {page} in it"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_remedy(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert GOOD.count(old) == 1 or old in {'"netset"', "licence"}
    path = write(tmp_path, GOOD.replace(old, new, 1))
    with pytest.raises(SettingsError) as caught:
        load_feeds(path)
    assert str(caught.value).startswith(f"{path}:{line}: {message}")


def test_tables_instead_of_a_list_of_tables_are_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"feeds\.toml:1: feeds are tables: write \[\[feed\]\]"):
        load_feeds(write(tmp_path, "[feed.one]\nurl = 'https://example.org'\n"))


def test_http_is_allowed_where_the_feed_says_so(tmp_path: Path) -> None:
    text = GOOD.replace("https://example.org/one.txt", "http://example.org/one.txt")
    (feed, _) = load_feeds(write(tmp_path, text.replace('name = "one"', 'name = "one"\nallow_http = true')))
    assert (feed.url, feed.allow_http) == ("http://example.org/one.txt", True)


def test_a_file_that_is_not_there_or_not_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.toml: cannot be read: No such file"):
        load_feeds(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"bytes\.toml: is not valid UTF-8"):
        load_feeds(tmp_path / "bytes.toml")


def test_the_built_in_feeds_are_public_and_say_whose_work_they_are() -> None:
    feeds = load_feeds(DEFAULT_FEEDS)
    assert len(feeds) >= 8
    for feed in feeds:
        assert feed.url.startswith("https://")
        assert feed.licence
        assert feed.attribution
        assert feed.homepage
        assert not feed.allow_private
        assert not feed.policy.allow_special


def test_the_built_in_file_documents_every_key() -> None:
    comments = [line for line in DEFAULT_FEEDS.read_text().splitlines() if line.startswith("#")]
    documented = set("\n".join(comments).replace(",", " ").split())
    assert OPTIONS.keys() - documented == set()
    assert READERS.keys() - documented == set()


def test_a_feed_may_say_how_often_how_long_and_in_which_zone(tmp_path: Path) -> None:
    more = 'ttl = "2d"\ninterval = "6h"\ntimezone = "Europe/Paris"\nfiles = "newest"\n'
    _, two = load_feeds(write(tmp_path, GOOD + more + 'columns = {indicator = "ip", reason = 3}\n'))
    assert (two.ttl, two.interval, two.files) == (172_800, 21_600, "newest")
    assert two.columns == {"indicator": "ip", "reason": "3"}
    assert str(two.zone) == "Europe/Paris"
    assert two.info.ttl == 172_800


def test_dates_of_korean_portals_are_seoul_s_and_others_universal(tmp_path: Path) -> None:
    text = GOOD.replace('"netset"', '"regtech"')
    one, two = load_feeds(write(tmp_path, text))
    assert (str(one.zone), str(two.zone)) == ("UTC", "KST")


def test_an_allowlist_may_name_private_networks_unless_it_says_otherwise(tmp_path: Path) -> None:
    text = GOOD.replace("allow_special = true", 'role = "allowlist"')
    _, two = load_feeds(write(tmp_path, text))
    assert (two.role, two.info.role, two.policy.allow_special) == ("allowlist", "allowlist", True)
    _, two = load_feeds(write(tmp_path, text + "allow_special = false\n"))
    assert two.policy.allow_special is False


def test_the_examples_of_the_built_in_file_are_feeds(tmp_path: Path) -> None:
    _, _, examples = DEFAULT_FEEDS.read_text().partition("# Examples:")
    text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in examples.splitlines()[1:])
    feeds = load_feeds(write(tmp_path, text))
    assert [feed.name for feed in feeds] == ["abuseipdb", "regtech", "crowdsec", "public-resolvers", "portal"]
    assert all(text[0] == "$" for feed in feeds for name, text in feed.headers.items() if name != "Accept")
