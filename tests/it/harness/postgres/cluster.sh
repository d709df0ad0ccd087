# Makes one throw-away PostgreSQL cluster and keeps it alive for as long as standard input stays open.
# With a fourth argument it is a hot standby that follows nobody.
# A test process that ends, however it ends, closes that pipe: no cluster outlives its tests.
set -eu
initdb=$1 postgres=$2 home=$3

trap 'rm -rf "$home"' EXIT

"$initdb" --pgdata="$home/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync --no-instructions
[ -z "${4-}" ] || touch "$home/data/standby.signal"

# Autovacuum would connect to the template while it is being cloned; shared memory in files leaves nothing behind.
"$postgres" -D "$home/data" -k "$home" -p 5432 \
    -c listen_addresses= -c max_connections=200 -c fsync=off -c full_page_writes=off \
    -c autovacuum=off -c dynamic_shared_memory_type=mmap &
server=$!

cat >/dev/null
# A shell starts its background jobs with QUIT ignored, so QUIT alone is lost on a server that has not come that far;
# TERM alone would wait for every client to leave.
kill -TERM "$server"
kill -QUIT "$server" || true
wait "$server" || true
