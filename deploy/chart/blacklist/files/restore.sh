# shellcheck shell=sh
# Restores one backup of a folder, or the newest: sh -c "$script" restore FOLDER FILE|'' [--replace]
set -eu
folder=$1 file=$2
shift 2
[ -n "$file" ] || file=$(find "$folder" -maxdepth 1 -name '*.backup' | sort | tail -n 1 | sed 's,.*/,,')
[ -n "$file" ] || { echo "restore: there is no backup in $folder: copy one there, named *.backup" >&2; exit 1; }
[ -f "$folder/$file" ] || { echo "restore: there is no $folder/$file; there are:" >&2; ls "$folder" >&2; exit 1; }
echo "restore: $file"
exec blacklist restore "$@" "$folder/$file"
