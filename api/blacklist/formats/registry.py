"""Every format there is: one line each. A name here is a `format` in feeds.toml, or the suffix of a list."""

from __future__ import annotations

from blacklist.formats.interface import ExportFormat, Reader
from blacklist.formats.ipsum import read_ipsum
from blacklist.formats.plain import read_plain
from blacklist.formats.spamhaus_json import read_spamhaus_json
from blacklist.formats.spamhaus_text import read_spamhaus_text
from blacklist.formats.to_checkpoint import write_checkpoint
from blacklist.formats.to_cilium import write_cilium
from blacklist.formats.to_csv import write_csv
from blacklist.formats.to_ipset import write_ipset
from blacklist.formats.to_json import write_json, write_ndjson
from blacklist.formats.to_mikrotik import write_mikrotik
from blacklist.formats.to_mmdb import write_mmdb
from blacklist.formats.to_netset import write_netset
from blacklist.formats.to_nft import write_nft
from blacklist.formats.to_nginx import write_nginx
from blacklist.formats.to_rbldnsd import write_rbldnsd
from blacklist.formats.to_stix import write_stix
from blacklist.formats.to_suricata import write_suricata
from blacklist.formats.to_txt import write_txt

READERS: dict[str, Reader] = {
    "plain": read_plain,
    "netset": read_plain,
    "ipset": read_plain,
    "ipsum": read_ipsum,
    "spamhaus-json": read_spamhaus_json,
    "spamhaus-text": read_spamhaus_text,
}

EXPORTS: dict[str, ExportFormat] = {
    "txt": ExportFormat(write_txt),
    "edl": ExportFormat(write_txt),
    "netset": ExportFormat(write_netset),
    "nft": ExportFormat(write_nft, disjoint=True),
    "ipset": ExportFormat(write_ipset),
    "nginx": ExportFormat(write_nginx, disjoint=True),
    "haproxy": ExportFormat(write_txt),
    "squid": ExportFormat(write_txt, disjoint=True),
    "suricata": ExportFormat(write_suricata, facts=True),
    "checkpoint": ExportFormat(write_checkpoint, "text/csv; charset=utf-8", facts=True),
    "mikrotik": ExportFormat(write_mikrotik),
    "rbldnsd": ExportFormat(write_rbldnsd, facts=True),
    "cilium": ExportFormat(write_cilium, "application/yaml"),
    "csv": ExportFormat(write_csv, "text/csv; charset=utf-8", facts=True),
    "json": ExportFormat(write_json, "application/json", facts=True),
    "ndjson": ExportFormat(write_ndjson, "application/x-ndjson", facts=True),
    "stix": ExportFormat(write_stix, "application/stix+json;version=2.1", facts=True),
    "mmdb": ExportFormat(write_mmdb, "application/octet-stream", facts=True),
}
