# shellcheck shell=sh
# Writes the audit log, once it is verified, into a folder, and keeps the newest ones: sh -c "$script" audit FOLDER KEEP
set -eu
name=$1/$(date -u +%Y%m%dT%H%M%SZ).audit
blacklist audit verify
rm -f "$1"/*.part
blacklist audit export >"$name.part"
mv "$name.part" "$name"
find "$1" -maxdepth 1 -name '*.audit' | sort -r | tail -n +$(($2 + 1)) | while read -r old; do rm "$old"; done
