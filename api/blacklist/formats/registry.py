"""Every format there is: one line each. A name here is a `format` in feeds.toml, or the suffix of a list."""

from __future__ import annotations

from blacklist.formats.abuse_ch import read_abuse_ch
from blacklist.formats.abuseipdb import read_abuseipdb
from blacklist.formats.crowdsec import read_crowdsec_csv, read_crowdsec_json
from blacklist.formats.delimited import read_csv, read_tsv
from blacklist.formats.dshield import read_dshield
from blacklist.formats.interface import ExportFormat, Reader
from blacklist.formats.ipsum import read_ipsum
from blacklist.formats.json_lists import read_json, read_ndjson
from blacklist.formats.misp import read_misp
from blacklist.formats.plain import read_plain
from blacklist.formats.spamhaus_json import read_spamhaus_json
from blacklist.formats.spamhaus_text import read_spamhaus_text
from blacklist.formats.spreadsheet import read_spreadsheet
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
from blacklist.formats.tor import read_tor

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
