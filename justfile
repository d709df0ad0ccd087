# One recipe per step of CI, and CI runs nothing else. `just ci` runs them all in order.

set shell := ["bash", "-euo", "pipefail", "-c"]

# Lists the recipes
_default:
    @just --list --unsorted

# Everything that must be green before a merge; .ci/run reads this line
ci: format lint docs deny proto protoc test quickstart golden

# The code is formatted
format:
    cargo fmt --all --check

# No lint complains
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# Every link in the documentation leads somewhere, in private items too: those are what contributors read
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked

# Bans, licences and sources of the dependencies
deny:
    cargo deny --locked check bans licenses sources

# Known vulnerabilities of the dependencies; asks an advisory database outside, so no step of CI
advisories:
    cargo deny --locked check advisories

# The API is well-formed and formatted
proto:
    buf lint proto
    buf format proto --diff --exit-code

# Old and new compilers read the API: `protoc` of the PATH, and the one of grpcio-tools in the Python that the variable names
protoc:
    protoc --version
    protoc -Iproto --descriptor_set_out=/dev/null proto/oauthregistry/v1/*.proto
    "${OAUTH_REGISTRY_GRPCIO_TOOLS:-python3}" -m grpc_tools.protoc --version
    "${OAUTH_REGISTRY_GRPCIO_TOOLS:-python3}" -m grpc_tools.protoc -Iproto --descriptor_set_out=/dev/null proto/oauthregistry/v1/*.proto

# The tests, on PostgreSQL too where its server programs are installed
test:
    cargo test --workspace --locked

# The tests, where missing server programs of PostgreSQL are a failure and not a skip
postgres-required:
    OAUTH_REGISTRY_REQUIRE_POSTGRES=1 cargo test --workspace --locked

# The walk through the product in the README, against a freshly built server
quickstart:
    cargo build --locked
    bash examples/quickstart.sh

# The golden files are what the code makes of them
golden:
    UPDATE_GOLDEN=1 cargo test --locked --test it -- every_caller_passes the_reference_lists the_reasons_their_codes every_call_costs
    git --no-pager diff --exit-code -- tests/golden
    test -z "$(git ls-files --others --exclude-standard -- tests/golden)"
