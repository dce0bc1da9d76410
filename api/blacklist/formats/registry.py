"""Every format there is: one line each. A name here is a `format` in feeds.toml, or the suffix of a list."""

from __future__ import annotations

from blacklist.formats.abuse_ch import read_abuse_ch
from blacklist.formats.abuseipdb import read_abuseipdb
from blacklist.formats.crowdsec import read_crowdsec_csv, read_crowdsec_json
from blacklist.formats.delimited import read_csv, read_tsv
from blacklist.formats.dshield import read_dshield
from blacklist.formats.interface import Export, Reader
from blacklist.formats.ipsum import read_ipsum
from blacklist.formats.json_lists import read_json, read_ndjson
from blacklist.formats.misp import read_misp
from blacklist.formats.plain import read_plain
from blacklist.formats.spamhaus_json import read_spamhaus_json
from blacklist.formats.spamhaus_text import read_spamhaus_text
from blacklist.formats.spreadsheet import read_spreadsheet
from blacklist.formats.tor import read_tor
from blacklist.formats.txt import write_txt

READERS: dict[str, Reader] = {
    "plain": read_plain,
    "netset": read_plain,
    "ipset": read_plain,
    "ipsum": read_ipsum,
    "spamhaus-json": read_spamhaus_json,
    "spamhaus-text": read_spamhaus_text,
    "dshield": read_dshield,
    "feodo": read_abuse_ch,
    "sslbl": read_abuse_ch,
    "tor-exits": read_tor,
    "abuseipdb": read_abuseipdb,
    "crowdsec-csv": read_crowdsec_csv,
    "crowdsec-json": read_crowdsec_json,
    "misp-warninglist": read_misp,
    "regtech": read_spreadsheet,
    "secudium": read_spreadsheet,
    "xlsx": read_spreadsheet,
    "csv": read_csv,
    "tsv": read_tsv,
    "json": read_json,
    "ndjson": read_ndjson,
}

EXPORTS: dict[str, Export] = {
    "txt": write_txt,
}
