# Keeps one pgbouncer alive for as long as standard input stays open.
# A test process that ends, however it ends, closes that pipe: no pooler outlives its tests.
set -eu
pgbouncer=$1 home=$2

trap 'rm -rf "$home"' EXIT

"$pgbouncer" "$home/pgbouncer.ini" &
server=$!

cat >/dev/null
# TERM ends it at once, whoever is connected.
kill -TERM "$server"
wait "$server" || true
