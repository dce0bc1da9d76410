"""The formats of named publishers: abuse.ch, DShield, Tor, AbuseIPDB, CrowdSec, MISP."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from blacklist.formats.abuse_ch import read_abuse_ch
from blacklist.formats.abuseipdb import read_abuseipdb
from blacklist.formats.crowdsec import duration, read_crowdsec_csv, read_crowdsec_json
from blacklist.formats.dshield import read_dshield
from blacklist.formats.misp import read_misp
from blacklist.formats.tor import read_tor

Read = Callable[..., Any]
NOW = 1_900_000_000

FEODO = b"""\
################################################################\r
# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (CSV)          #\r
# Last updated: 2024-04-04 07:03:03 UTC                        #\r
# Terms Of Use: https://feodotracker.example/blocklist/        #\r
################################################################\r
#\r
"first_seen_utc","dst_ip","dst_port","c2_status","last_online","malware"\r
"2023-05-23 17:51:44","192.0.2.1","1194","online","2024-04-01","Pikabot"\r
"2024-02-08 19:20:49","198.51.100.2","5000","offline","2024-03-11","Some, ""bot"", x"\r
# END 2 entries"""

SSLBL = b"""\
# abuse.ch SSL IPBL                                            #
# Last updated: 2015-10-15 14:45:01 (UTC)                      #
#
# DstIP,DstPort
192.0.2.1,443,URLzone C&C
192.0.2.2,4483,Dridex C&C
# Number of entries: 2"""


def test_feodo_is_read_by_its_quoted_columns_with_both_dates(read: Read) -> None:
    found = read(read_abuse_ch, FEODO)
    one, other = (facts for _, facts in found.rows.values())
    assert found.named == ["192.0.2.1", "198.51.100.2"]
    assert (one.reason, one.first_seen, one.last_seen) == ("Pikabot, port 1194", 1684864304, 1711929600)
    assert other.reason == 'Some, "bot", x, port 5000'
    assert found.about == (1712214183, "")


def test_sslbl_names_its_columns_in_a_comment_and_has_one_more(read: Read) -> None:
    found = read(read_abuse_ch, SSLBL)
    assert [facts.reason for _, facts in found.rows.values()] == ["URLzone C&C, port 443", "Dridex C&C, port 4483"]
    assert found.about == (1444920301, "")


def test_sslbl_of_today_begins_with_a_date(read: Read) -> None:
    found = read(read_abuse_ch, b"# Firstseen,DstIP,DstPort\n2021-08-03 06:09:00,192.0.2.1,443\n# END 1 entries\n")
    ((names, facts),) = found.rows.values()
    assert (names, facts.first_seen, facts.reason) == (("192.0.2.1",), 1627970940, "port 443")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (FEODO.partition(b"# END")[0], "the closing comment with the number of entries is missing"),
        (FEODO.replace(b"END 2", b"END 3"), "it has 2 of the 3 entries that it declares"),
        (SSLBL.replace(b"192.0.2.2,4483,Dridex C&C\n", b""), "it has 1 of the 2 entries that it declares"),
        (b"", "the closing comment with the number of entries is missing"),
        (FEODO.replace(b"END 2", b"END x"), "it has 2 of the -1 entries that it declares"),
    ],
)
def test_a_truncated_abuse_ch_list_is_told(read: Read, data: bytes, problem: str) -> None:
    assert read(read_abuse_ch, data).about.problem == f"it is truncated: {problem}"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'"2023-05-23 17:51:44","192.0.2.1:443","1194","online","2024-04-01","x"', "not an address, network or range"),
        (b'"2023-05-23 17:51:44","192.0.2.1"', "fewer columns than are named"),
        (b'"2023-05-23 17:51:44,"192.0.2.1","1194","online","2024-04-01","x"', "fewer columns than are named"),
        (b"192.0.2.1", "fewer columns than are named"),
    ],
)
def test_a_row_of_abuse_ch_that_is_none_is_rejected(read: Read, line: bytes, reason: str) -> None:
    data = FEODO.replace(b"# END 2 entries", line + b"\r\n# END 3 entries")
    assert read(read_abuse_ch, data).reasons == {10: reason}


def test_rows_before_the_columns_are_named_are_rejected(read: Read) -> None:
    found = read(read_abuse_ch, b"192.0.2.1,443\n# END 1 entries\n")
    assert found.reasons == {1: "comes before the columns are named"}


DSHIELD = (
    b"# DShield.org Recommended Block List\n#    updated: Wed Mar  5 18:26:41 2025 UTC\n#\n"
    b"Start\tEnd\tNetblock\tAttacks\tName\tCountry\temail\n"
    b"192.0.2.0\t192.0.2.255\t24\t3098\tEXAMPLE-NET\tNL\tabuse@example.net\n"
    b"198.51.100.0\t198.51.100.255\t24\t12\t\t\t\n"
)


def test_dshield_is_start_end_and_prefix_length_between_tabs(read: Read) -> None:
    found = read(read_dshield, DSHIELD)
    said = [(names[0], facts.reason, facts.country) for names, facts in found.rows.values()]
    assert said == [("192.0.2.0/24", "3098 targets", "NL"), ("198.51.100.0/24", "12 targets", "")]
    assert found.about == (1741199201, "")
    assert found.rejected == {}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"192.0.2.0\t192.0.3.255\t24", "start and end are not those of the prefix length"),
        (b"192.0.2.1\t192.0.2.255\t24", "start and end are not those of the prefix length"),
        (b"192.0.2.0\t24", "fewer than three columns: start, end, prefix length"),
        (b"192.0.2.0 192.0.2.255 24", "fewer than three columns: start, end, prefix length"),
        (b"192.0.2.0\t192.0.2.255\t255.255.255.0", "not an address, network or range"),
        (b"https://example.org/24\t192.0.2.255\t24", "not an address, network or range"),
    ],
)
def test_a_row_of_dshield_that_contradicts_itself_is_rejected(read: Read, line: bytes, reason: str) -> None:
    assert read(read_dshield, line + b"\n").reasons == {1: reason}


TOR = b"""\
ExitNode FE39F07EBE7870DCE124AB30DF3ABD0700A43F75
Published 2024-03-11 13:07:19
LastStatus 2024-03-12 08:00:00
ExitAddress 192.0.2.1 2024-03-12 08:10:51
ExitAddress 192.0.2.2 2024-03-12 08:11:51
ExitNode 23B49521BDC4588C7CCF3C38E552504118326B66
Published 2024-03-12 02:29:55
LastStatus 2024-03-12 13:00:00
ExitAddress 192.0.2.1 2024-03-12 13:03:14
"""


def test_tor_exits_are_the_addresses_of_all_nodes_with_when_they_were_seen(read: Read) -> None:
    found = read(read_tor, TOR)
    assert found.named == ["192.0.2.1", "192.0.2.2", "192.0.2.1"]
    assert [facts.last_seen for _, facts in found.rows.values()] == [1710231051, 1710231111, 1710248594]
    assert found.about == (1710248400, "")


def test_a_tor_list_that_ends_within_a_node_is_truncated(read: Read) -> None:
    assert "truncated" in read(read_tor, TOR[: TOR.rindex(b"ExitAddress")]).about.problem
    assert read(read_tor, TOR + b"192.0.2.9\n").reasons == {10: "not a line of exit addresses"}


NO_SCORE = "abuseConfidenceScore is not a number from 0 to 100"


def abuseipdb(*entries: object) -> bytes:
    return json.dumps({"meta": {"generatedAt": "2020-09-24T19:54:11+00:00"}, "data": entries}).encode()


def test_abuseipdb_s_score_is_the_confidence(read: Read) -> None:
    entry = {
        "ipAddress": "192.0.2.1",
        "countryCode": "RU",
        "abuseConfidenceScore": 97,
        "lastReportedAt": "2020-09-24T19:17:02+00:00",
    }
    found = read(read_abuseipdb, abuseipdb(entry, {"ipAddress": "2001:db8::1", "abuseConfidenceScore": 100}))
    one, other = (facts for _, facts in found.rows.values())
    assert (one.confidence, one.country, one.last_seen) == (97, "RU", 1600975022)
    assert (other.confidence, other.country, other.last_seen) == (100, "", 0)
    assert found.about == (1600977251, "")


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"ipAddress": "192.0.2.1"}, NO_SCORE),
        ({"ipAddress": "192.0.2.1", "abuseConfidenceScore": 101}, NO_SCORE),
        ({"ipAddress": "192.0.2.1", "abuseConfidenceScore": True}, NO_SCORE),
        ({"ipAddress": "192.0.2.1\n", "abuseConfidenceScore": 1}, "not an address, network or range"),
        ({"ipAddress": "\ud800", "abuseConfidenceScore": 1}, "not valid UTF-8"),
        ({"ipAddress": 1}, "has no ipAddress"),
        ("192.0.2.1", "has no ipAddress"),
    ],
)
def test_an_entry_of_abuseipdb_that_is_none_is_rejected(read: Read, entry: object, reason: str) -> None:
    assert read(read_abuseipdb, abuseipdb(entry)).reasons == {1: reason}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"errors":[{"detail":"Daily rate limit","status":429}]}', "it is an error, not a list: Daily rate limit"),
        (abuseipdb({"ipAddress": "192.0.2.1", "abuseConfidenceScore": 9})[:-1], "it is truncated: its JSON has no end"),
        (b"{}", "it has neither data nor meta"),
        (b"", "it is truncated: there is no JSON in it"),
        (b"5", "it is JSON, but neither an array nor an object"),
    ],
)
def test_an_answer_of_abuseipdb_that_is_no_list_is_told(read: Read, data: bytes, problem: str) -> None:
    assert read(read_abuseipdb, data).about.problem == problem


CROWDSEC = b"origin,scope,value,reason,type,duration\n"


def test_crowdsec_durations_count_from_when_the_file_was_made(read: Read) -> None:
    data = CROWDSEC + b"cscli,ip,192.0.2.1,manual import,ban,1h\ncscli,Range,198.51.100.0/24,x,ban,1h30m0.5s\n"
    found = read(read_crowdsec_csv, data, made_at=NOW - 60)
    one, other = (facts for _, facts in found.rows.values())
    assert found.named == ["192.0.2.1", "198.51.100.0/24"]
    assert (one.reason, one.expires_at, other.expires_at) == ("manual import", NOW + 3540, NOW + 5340)
    again = read(read_crowdsec_csv, data, made_at=NOW - 3600)
    assert (again.named, again.skipped) == (["198.51.100.0/24"], ["an expired decision"])


def test_crowdsec_decisions_on_anything_else_are_skipped_and_not_held_against_the_file(read: Read) -> None:
    found = read(
        read_crowdsec_csv,
        CROWDSEC + b"cscli,as,64496,x,ban,1h\ncscli,country,KR,x,ban,1h\nx,ip,192.0.2.1,x,captcha,1h\n",
    )
    assert (found.named, found.rejected, len(found.skipped)) == ([], {}, 3)


def test_crowdsec_s_own_list_has_scope_and_value_in_one_column(read: Read) -> None:
    found = read(
        read_crowdsec_csv,
        b"id,source,ip,reason,action,country,as,events_count,expiration,simulated,alert_id\n"
        b"1,crowdsec,Ip:192.0.2.1,crowdsecurity/ssh-bf,ban,KR,x,6,3h59m,false,1\n"
        b"2,crowdsec,Ip:2001:db8::1,crowdsecurity/ssh-bf,ban,,x,6,3h59m,true,1\n"
        b"3,crowdsec,dead:beef::1,crowdsecurity/ssh-bf,ban,,x,6,3h59m,false,1\n",
    )
    assert found.named == ["192.0.2.1", "dead:beef::1"]
    assert found.skipped == ["a simulated decision"]
    assert found.rows[2][1].country == "KR"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"cscli,ip,192.0.2.1,x,ban,soon", "the duration is not one"),
        (b"cscli,ip,192.0.2.300,x,ban,1h", "not an address, network or range"),
        (b"cscli,ip,,x,ban,1h", "has no value"),
        (b"cscli,ip,192.0.2.1", "not as many columns as the first line names"),
        (b'cscli,ip,192.0.2.1,"x,ban,1h', "not as many columns as the first line names"),
    ],
)
def test_a_decision_that_is_none_is_rejected(read: Read, line: bytes, reason: str) -> None:
    assert read(read_crowdsec_csv, CROWDSEC + line + b"\n").reasons == {2: reason}


def test_a_file_without_the_columns_of_decisions_is_told(read: Read) -> None:
    assert read(read_crowdsec_csv, b"192.0.2.1,ban\n").about.problem == "it has no column 'value' in its first line"
    assert "truncated" in read(read_crowdsec_csv, b"").about.problem


def test_crowdsec_json_is_a_list_of_decisions_a_stream_or_alerts(read: Read) -> None:
    decision = {"scope": "Ip", "value": "192.0.2.1", "scenario": "ssh-bf", "type": "ban", "duration": "1h"}
    for document in ([decision], {"new": [decision], "deleted": [{"value": "192.0.2.9"}]}, [{"decisions": [decision]}]):
        found = read(read_crowdsec_json, json.dumps(document, indent=4).encode())
        ((names, facts),) = found.rows.values()
        assert (names, facts.reason, facts.expires_at) == (("192.0.2.1",), "ssh-bf", NOW + 3600)
    assert read(read_crowdsec_json, b"null").about == (0, "")
    assert read(read_crowdsec_json, b'{"new":null,"deleted":null}').about == (0, "")
    assert read(read_crowdsec_json, b'{"message":"access forbidden"}').reasons == {1: "has no value"}
    assert "truncated" in read(read_crowdsec_json, json.dumps([decision])[:-3].encode()).about.problem


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("4h59m59.5s", 17999.5), ("-2m", -120), ("7d", 604800), ("250ms", 0.25), ("1µs", 1e-6)],
)
def test_durations_are_go_s(text: str, seconds: float) -> None:
    assert duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "-", "5", "h", "1x", "1h5", "1.2.3h", "٣h", "1 h", "9" * 50 + "h"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert duration(text) is None


MISP = {
    "description": "Ranges of somebody",
    "list": ["192.0.2.0/24", "198.51.100.1", "2001:db8::/32"],
    "matching_attributes": ["ip-src", "domain|ip"],
    "name": "Somebody",
    "type": "cidr",
    "version": 20260811,
}


def test_a_warninglist_is_its_list_with_the_description_as_the_reason(read: Read) -> None:
    found = read(read_misp, json.dumps(MISP, indent=2).encode())
    assert found.named == MISP["list"]
    assert len(found.facts) == 1
    assert found.facts[0].reason == "Ranges of somebody"
    assert list(found.rows) == [4, 5, 6]
    assert found.about == (1786406400, "")


def test_a_warninglist_of_something_else_is_told(read: Read) -> None:
    found = read(read_misp, json.dumps(MISP | {"list": ["ab" * 32], "matching_attributes": ["md5"]}).encode())
    assert found.about.problem == "it is a list for md5, not for addresses"
    assert list(found.reasons.values()) == ["not an address, network or range"]


def test_what_is_no_text_in_a_warninglist_is_rejected(read: Read) -> None:
    found = read(read_misp, b'{"list": [1, "192.0.2.1", null, "192.0.2.0/33", {"a": []}]}')
    assert found.named == ["192.0.2.1"]
    assert len(found.rejected) == 4


def test_many_addresses_of_a_warninglist_share_one_record(read: Read) -> None:
    entries = [f"192.0.{number // 256}.{number % 256}" for number in range(5000)]
    found = read(read_misp, json.dumps({"list": entries}, indent=2).encode())
    assert found.named == entries
    assert len(found.facts) == 1
