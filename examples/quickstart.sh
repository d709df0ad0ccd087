#!/usr/bin/env bash
# A first session with OAuth Registry: starts a server in a temporary folder and walks through it with grpcurl.
# Every answer is real, every expectation is checked. Needs bash, grpcurl and the usual text tools.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    printf 'quickstart: %s\n' "$*" >&2
    exit 1
}

command -v grpcurl >/dev/null || fail "please install grpcurl"
binary=${OAUTH_REGISTRY_BIN:-${CARGO_TARGET_DIR:-target}/debug/oauth-registry}
[[ -n ${OAUTH_REGISTRY_BIN-} || -x $binary ]] || cargo build --locked
[[ -x $binary ]] || fail "there is no program $binary"
binary=$(realpath "$binary")

home=$(mktemp -d)
server=
cleanup() {
    if [[ -n $server ]]; then
        kill -TERM "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$home"
}
trap cleanup EXIT

# --- Start -----------------------------------------------------------------------------------------------------------

# Only the flags count: the caller's own settings must not reach this server.
for variable in $(compgen -e OAUTH_REGISTRY_ || true); do unset "$variable"; done

printf '$ oauth-registry serve --listen 127.0.0.1:0\n'
(cd "$home" && exec "$binary" serve --listen 127.0.0.1:0) >"$home/stdout" 2>"$home/stderr" &
server=$!
for _ in {1..300}; do
    grep -q '^  grpcurl ' "$home/stdout" && break
    kill -0 "$server" 2>/dev/null || fail "the server ended: $(cat "$home/stderr")"
    sleep 0.1
done
address=$(sed -n 's/^oauth-registry .* on \(.*\)$/\1/p' "$home/stdout")
administrator=$(sed -n 's/^  \(ork_[0-9A-Za-z_]*\)$/\1/p' "$home/stdout")
[[ -n $address && -n $administrator ]] || fail "the server has not told its address and key within 30 s"

# Tokens are shown by their first letters only.
shorten() {
    sed -E 's/(or[ksi]_[0-9A-Za-z]{4})[0-9A-Za-z]+_[0-9A-Za-z]+/\1…/g'
}
shorten <"$home/stdout"

# --- How to call -----------------------------------------------------------------------------------------------------

# Makes the call `service/method` with a token and a JSON message; shows both, and leaves the answer in $answer.
ask() {
    local token=$1 method=oauthregistry.v1.$2 message=${3:-'{}'}
    printf "\n\$ grpcurl -plaintext -H 'authorization: Bearer %s' \\\\\n    -d '%s' \\\\\n    %s %s\n" \
        "$token" "$message" "$address" "$method" | shorten
    code=0
    answer=$(grpcurl -plaintext -H "authorization: Bearer $token" -d "$message" "$address" "$method" 2>&1) || code=$?
    printf '%s\n' "$answer" | shorten
}

# The call must succeed.
call() {
    ask "$@"
    [[ $code == 0 ]] || fail "$2 was refused, and must not be"
}

# The call must be refused, with this code and this reason.
refused() {
    local expected=$1 reason=$2
    shift 2
    ask "$@"
    [[ $code != 0 ]] || fail "$2 was allowed, and must not be"
    [[ $answer == *"Code: $expected"* ]] || fail "$2 did not answer $expected"
    [[ $answer == *"\"$reason\""* ]] || fail "$2 did not name the reason $reason"
}

# Prints the first string field of this name in the answer.
field() {
    local value
    value=$(sed -n 's/^ *"'"$1"'": "\(.*\)",\{0,1\}$/\1/p' <<<"$answer" | sed -n 1p)
    [[ -n $value ]] || fail "the answer has no field $1"
    printf '%s' "$value"
}

# The answer must hold this text.
holds() {
    [[ $answer == *"$1"* ]] || fail "the answer does not hold $1"
}

say() {
    printf '\n# %s\n' "$*"
}

# --- The walk --------------------------------------------------------------------------------------------------------

say "Two tenants. Whoever makes a tenant has administrative access to it."
call "$administrator" TenantService/CreateTenant '{"tenant": {"name": "Alpha"}}'
alpha=$(field id)
call "$administrator" TenantService/CreateTenant '{"tenant": {"name": "Beta"}}'
beta=$(field id)

say "A delegate: lives in the system tenant, holds permissions 11 and 28, and administers Alpha alone."
call "$administrator" UserService/CreateUser '{"user": {"kind": "USER_KIND_SERVICE_ACCOUNT", "login_name": "delegate", "permissions": ["PERMISSION_MGMT_API", "PERMISSION_OAUTH"]}}'
user=$(field id)
call "$administrator" TenantService/AddTenantAdministrator '{"tenant_id": "'"$alpha"'", "user_id": "'"$user"'"}'
call "$administrator" ApiKeyService/CreateApiKey '{"api_key": {"user_id": "'"$user"'", "permissions": ["PERMISSION_MGMT_API", "PERMISSION_OAUTH"]}}'
delegate=$(field secret)

say "An app in each tenant. The secret stands beside the app, and no answer shows it again."
app() {
    printf '{"oauth_app": {"tenant_id": "%s", "name": "Analytics", "data_store": 54, "client_id": "analytics-client", "authorize_uri": "https://accounts.google.com/o/oauth2/v2/auth", "token_uri": "https://oauth2.googleapis.com/token", "scope": "openid email"}, "client_secret": "%s"}' "$1" "$2"
}
call "$administrator" OauthAppService/CreateOauthApp "$(app "$alpha" alpha-secret)"
alpha_app=$(field id)
first_etag=$(field etag)
[[ $answer != *alpha-secret* ]] || fail "the answer shows the secret"
holds '"clientSecretSet": true'
call "$administrator" OauthAppService/CreateOauthApp "$(app "$beta" beta-secret)"
beta_app=$(field id)

say "The delegate changes one field of Alpha's app; all others stay as they were."
call "$delegate" OauthAppService/UpdateOauthApp '{"oauth_app": {"id": "'"$alpha_app"'", "description": "Reports of the sales team"}, "update_mask": {"paths": ["description"]}}'
holds '"description": "Reports of the sales team"'
holds '"scope": "openid email"'
[[ $(field etag) != "$first_etag" ]] || fail "the change has not moved the etag"

say "Beta's app does not exist for the delegate: a real id answers like a made-up one."
refused NotFound RESOURCE_NOT_FOUND "$delegate" OauthAppService/GetOauthApp '{"oauth_app_id": "'"$beta_app"'"}'

say "An update that builds on an old state is refused."
refused Aborted ETAG_MISMATCH "$delegate" OauthAppService/UpdateOauthApp '{"oauth_app": {"id": "'"$alpha_app"'", "description": "Lost update", "etag": "'"$first_etag"'"}, "update_mask": {"paths": ["description"]}}'

say "Managing is not seeing: the delegate may not reveal the secret. The first administrator holds 1006 and may."
refused PermissionDenied MISSING_PERMISSION "$delegate" OauthAppService/RevealOauthAppSecret '{"oauth_app_id": "'"$alpha_app"'", "reason": "curious"}'
call "$administrator" OauthAppService/RevealOauthAppSecret '{"oauth_app_id": "'"$alpha_app"'", "reason": "migration to the new proxy"}'
[[ $(field clientSecret) == alpha-secret ]] || fail "the revealed secret is not the one that was stored"

say "All of it is on record, the refusals too."
call "$administrator" EventService/ListEvents '{"tenant_id": "'"$alpha"'", "resource_id": "'"$alpha_app"'"}'
holds OauthAppService/CreateOauthApp
holds OauthAppService/UpdateOauthApp
holds OauthAppService/RevealOauthAppSecret
holds '"statedReason": "migration to the new proxy"'
[[ $answer != *alpha-secret* ]] || fail "the events show the secret"
call "$administrator" EventService/ListEvents '{"actor_user_id": "'"$user"'", "page_size": 500}'
holds EVENT_DECISION_DENIED

# --- Stop ------------------------------------------------------------------------------------------------------------

say "SIGTERM ends the server."
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=
[[ $code == 0 ]] || fail "the server ended with $code: $(cat "$home/stderr")"
printf 'quickstart: every answer was as expected\n'
