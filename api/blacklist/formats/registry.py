"""Every format there is: one line each. A name here is a `format` in feeds.toml, or the suffix of a list."""

from __future__ import annotations

from blacklist.formats.interface import Export, Reader
from blacklist.formats.ipsum import read_ipsum
from blacklist.formats.plain import read_plain
from blacklist.formats.spamhaus_json import read_spamhaus_json
from blacklist.formats.spamhaus_text import read_spamhaus_text
from blacklist.formats.txt import write_txt

READERS: dict[str, Reader] = {
    "plain": read_plain,
    "netset": read_plain,
    "ipset": read_plain,
    "ipsum": read_ipsum,
    "spamhaus-json": read_spamhaus_json,
    "spamhaus-text": read_spamhaus_text,
}

EXPORTS: dict[str, Export] = {
    "txt": write_txt,
}
