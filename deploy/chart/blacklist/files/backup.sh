# shellcheck shell=sh
# Writes one more backup into a folder, and keeps the newest ones: sh -c "$script" backup FOLDER KEEP
set -eu
blacklist backup "$1/$(date -u +%Y%m%dT%H%M%SZ).backup"
find "$1" -maxdepth 1 -name '*.backup' | sort -r | tail -n +$(($2 + 1)) | while read -r old; do
    rm "$old"
    echo "backup: removed $old, for $2 newer ones are there"
done
