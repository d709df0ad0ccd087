"""A first session with OAuth Registry from Python: the walk of ../quickstart.sh with a generated client.

Needs a running server and the first administrator's key in the environment variable OAUTH_REGISTRY_KEY (not an argument: a
command line can be read by others). Every answer is real, every expectation is checked; it ends with 1 when the service answers
something else. It may be run again: the names it gives end in random letters.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import grpc
from error_details import Explanation, explain
from google.protobuf.field_mask_pb2 import FieldMask
from make_stubs import make_stubs

# Your own project makes its stubs once, when it is built. Here they last as long as the program.
STUBS = tempfile.TemporaryDirectory()
make_stubs(STUBS.name)
sys.path.insert(0, STUBS.name)

from oauthregistry.v1 import access_pb2, api_key_pb2, event_pb2, oauth_app_pb2, tenant_pb2, user_pb2
from oauthregistry.v1 import api_key_pb2_grpc, event_pb2_grpc, oauth_app_pb2_grpc, tenant_pb2_grpc, user_pb2_grpc

# Every call needs a deadline; without one it may wait for ever.
DEADLINE_SECONDS = 30
# Permissions 11 and 28: whoever holds both manages OAuth apps.
MANAGES_APPS = [access_pb2.PERMISSION_MGMT_API, access_pb2.PERMISSION_OAUTH]
APP_SERVICE = "oauthregistry.v1.OauthAppService"


class Unexpected(Exception):
    """The service has answered something else than it promises."""


def expect(holds: bool, promise: str) -> None:
    """Ends the walk unless the promise holds."""
    if not holds:
        raise Unexpected(f"not as promised: {promise}")


def say(text: str) -> None:
    """Prints a heading of the transcript."""
    print(f"\n# {text}", flush=True)


class Caller:
    """Somebody who calls with an API key. Print neither the key nor a whole message: Python shows the secrets in it too."""

    def __init__(self, channel: grpc.Channel, key: str) -> None:
        self._metadata = (("authorization", f"Bearer {key}"),)
        self.api_keys = api_key_pb2_grpc.ApiKeyServiceStub(channel)
        self.apps = oauth_app_pb2_grpc.OauthAppServiceStub(channel)
        self.tenants = tenant_pb2_grpc.TenantServiceStub(channel)
        self.users = user_pb2_grpc.UserServiceStub(channel)
        self._events = event_pb2_grpc.EventServiceStub(channel)

    def call(self, method: Callable[..., Any], request: Any) -> Any:
        """Makes a call."""
        return method(request, metadata=self._metadata, timeout=DEADLINE_SECONDS)

    def refused(self, method: Callable[..., Any], request: Any, code: grpc.StatusCode, reason: str) -> Explanation:
        """Makes a call that must be refused with this code and reason, and prints what the error says."""
        try:
            self.call(method, request)
        except grpc.RpcError as error:
            explanation = explain(error)
            print(explanation)
            expect((explanation.code, explanation.reason) == (code, reason), f"the call is refused with {code.name} {reason}")
            expect(explanation.domain == "oauthregistry.v1", "the reason is one of the service's own")
            expect(explanation.request_id != "", "every error names its call")
            return explanation
        raise Unexpected(f"a call was allowed that must be refused with {reason}")

    def events(self, request: event_pb2.ListEventsRequest) -> Iterator[event_pb2.Event]:
        """Walks through all events that pass the request's filters, page by page."""
        while True:
            page = self.call(self._events.ListEvents, request)
            yield from page.events
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token


def make_tenant(caller: Caller, name: str) -> str:
    """Makes a tenant and returns its id."""
    tenant = caller.call(caller.tenants.CreateTenant, tenant_pb2.CreateTenantRequest(tenant=tenant_pb2.Tenant(name=name))).tenant
    print(f"tenant {tenant.name}: {tenant.id}")
    expect(tenant.name == name, "a tenant has the name it was given")
    return tenant.id


def make_delegate(administrator: Caller, login_name: str, tenant_id: str) -> tuple[str, str]:
    """Makes a user who administers one tenant; returns the user's id and a key."""
    user = user_pb2.User(kind=user_pb2.USER_KIND_SERVICE_ACCOUNT, login_name=login_name, permissions=MANAGES_APPS)
    user = administrator.call(administrator.users.CreateUser, user_pb2.CreateUserRequest(user=user)).user
    access = tenant_pb2.AddTenantAdministratorRequest(tenant_id=tenant_id, user_id=user.id)
    administrator.call(administrator.tenants.AddTenantAdministrator, access)
    key = api_key_pb2.ApiKey(user_id=user.id, permissions=MANAGES_APPS)
    made = administrator.call(administrator.api_keys.CreateApiKey, api_key_pb2.CreateApiKeyRequest(api_key=key))
    # This answer is the only one that ever holds the key: a program keeps it, and prints its public part at most.
    print(f"user {user.login_name}: {user.id}, with the key {made.api_key.public_id}")
    return user.id, made.secret


def make_app(caller: Caller, tenant_id: str, client_secret: str) -> oauth_app_pb2.OauthApp:
    """Registers an app; its secret stands beside it."""
    app = oauth_app_pb2.OauthApp(
        tenant_id=tenant_id,
        name="Analytics",
        data_store=54,
        client_id="analytics-client",
        authorize_uri="https://accounts.google.com/o/oauth2/v2/auth",
        token_uri="https://oauth2.googleapis.com/token",
        scope="openid email",
    )
    request = oauth_app_pb2.CreateOauthAppRequest(oauth_app=app, client_secret=client_secret)
    made = caller.call(caller.apps.CreateOauthApp, request).oauth_app
    print(f"app {made.name}: {made.id} at etag {made.etag}, secret set: {made.client_secret_set}")
    expect(made.client_secret_set and made.client_secret_version == 1, "the secret is stored as version 1")
    expect(client_secret not in str(made), "no answer but Reveal's shows the secret")
    return made


def describe(app_id: str, description: str, etag: str = "") -> oauth_app_pb2.UpdateOauthAppRequest:
    """Makes the request that changes an app's description and nothing else."""
    app = oauth_app_pb2.OauthApp(id=app_id, description=description, etag=etag)
    return oauth_app_pb2.UpdateOauthAppRequest(oauth_app=app, update_mask=FieldMask(paths=["description"]))


def be_refused(delegate: Caller, app: oauth_app_pb2.OauthApp, foreign_app: oauth_app_pb2.OauthApp) -> Explanation:
    """Provokes refusals with different details; returns the one of the reveal."""
    say("Beta's app does not exist for the delegate: a real id answers like a made-up one.")
    get = oauth_app_pb2.GetOauthAppRequest(oauth_app_id=foreign_app.id)
    missing = delegate.refused(delegate.apps.GetOauthApp, get, grpc.StatusCode.NOT_FOUND, "RESOURCE_NOT_FOUND")
    expect(missing.resource == ("oauthregistry.v1.OauthApp", foreign_app.id), "what is missing is named by type and id")

    say("An update that builds on an old state is refused.")
    stale = describe(app.id, "Lost update", app.etag)
    delegate.refused(delegate.apps.UpdateOauthApp, stale, grpc.StatusCode.ABORTED, "ETAG_MISMATCH")

    say("All bad fields are named at once.")
    bad = oauth_app_pb2.OauthApp(id=app.id, name=" Analytics", token_uri="http://localhost/token", scope="openid,email")
    update = oauth_app_pb2.UpdateOauthAppRequest(oauth_app=bad)
    invalid = delegate.refused(delegate.apps.UpdateOauthApp, update, grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELDS")
    fields = {violation.field for violation in invalid.violations}
    expect(fields >= {"oauth_app.name", "oauth_app.token_uri", "oauth_app.scope"}, "each of the three bad fields is named")

    say("A secret is sent nowhere but where it was meant for: a new destination demands it anew.")
    moved = oauth_app_pb2.OauthApp(id=app.id, token_uri="https://login.example.org/token")
    update = oauth_app_pb2.UpdateOauthAppRequest(oauth_app=moved)
    reason = "SECRET_REQUIRED_FOR_NEW_DESTINATION"
    demand = delegate.refused(delegate.apps.UpdateOauthApp, update, grpc.StatusCode.FAILED_PRECONDITION, reason)
    expect(demand.preconditions == [(reason, "client_secret")], "what is demanded is named")

    say("Managing is not seeing: the delegate may not reveal the secret.")
    reveal = oauth_app_pb2.RevealOauthAppSecretRequest(oauth_app_id=app.id, reason="curious")
    code = grpc.StatusCode.PERMISSION_DENIED
    denied = delegate.refused(delegate.apps.RevealOauthAppSecret, reveal, code, "MISSING_PERMISSION")
    expect(denied.metadata.get("missing_permissions") == "1006", "a denial names the missing permission by its number")
    return denied


def read_record(administrator: Caller, app: oauth_app_pb2.OauthApp, delegate_id: str, denied: Explanation) -> None:
    """Finds everything that was done to the app, and the refusal."""
    say("All of it is on record, the refusals too.")
    events = list(administrator.events(event_pb2.ListEventsRequest(tenant_id=app.tenant_id, resource_id=app.id)))
    for event in events:
        print(f"{event.actor_login_name}: {event.method} {event.stated_reason}".rstrip())
    methods = [f"{APP_SERVICE}/{name}" for name in ("CreateOauthApp", "UpdateOauthApp", "RevealOauthAppSecret")]
    expect([event.method for event in events] == methods, "each change and each reveal is one event, in order")
    expect(events[-1].stated_reason == "migration to the new proxy", "the event of a reveal tells its reason")
    own = administrator.events(event_pb2.ListEventsRequest(actor_user_id=delegate_id))
    refusals = [event for event in own if event.decision == event_pb2.EVENT_DECISION_DENIED]
    for event in refusals:
        print(f"{event.actor_login_name}: {event.method} {event.error_reason}")
    expect([event.request_id for event in refusals] == [denied.request_id], "a denial's event has the id that the error named")


def walk(channel: grpc.Channel, key: str) -> None:
    """Does everything in order."""
    administrator = Caller(channel, key)
    run = secrets.token_hex(4)

    say("Two tenants. Whoever makes a tenant has administrative access to it.")
    alpha, beta = make_tenant(administrator, f"Alpha {run}"), make_tenant(administrator, f"Beta {run}")

    say("A delegate: lives in the system tenant, holds permissions 11 and 28, and administers Alpha alone.")
    delegate_id, delegate_key = make_delegate(administrator, f"delegate-{run}", alpha)
    delegate = Caller(channel, delegate_key)

    say("An app in each tenant. The secret stands beside the app, and no answer shows it again.")
    client_secret = secrets.token_urlsafe()
    app = make_app(administrator, alpha, client_secret)
    foreign_app = make_app(administrator, beta, secrets.token_urlsafe())

    say("The delegate changes one field of Alpha's app; all others stay as they were.")
    request = describe(app.id, "Reports of the sales team", app.etag)
    changed = delegate.call(delegate.apps.UpdateOauthApp, request).oauth_app
    print(f"app {changed.name}: {changed.description!r}, scope {changed.scope!r}, etag {app.etag} -> {changed.etag}")
    expect(changed.description == "Reports of the sales team" and changed.scope == app.scope, "the mask names what changes")
    expect(changed.etag != app.etag, "a change moves the etag")

    denied = be_refused(delegate, app, foreign_app)

    say("The first administrator holds permission 1006 and may.")
    reveal = oauth_app_pb2.RevealOauthAppSecretRequest(oauth_app_id=app.id, reason="migration to the new proxy")
    revealed = administrator.call(administrator.apps.RevealOauthAppSecret, reveal)
    expect(revealed.client_secret == client_secret, "the revealed secret is the one that was stored")
    print(f"version {revealed.client_secret_version}: {len(revealed.client_secret)} characters, the ones that were stored")

    read_record(administrator, app, delegate_id, denied)


def main() -> int:
    parser = argparse.ArgumentParser(description="A first session with OAuth Registry.")
    parser.add_argument("--address", default="127.0.0.1:50051", help="host and port of the server (default: %(default)s)")
    address = parser.parse_args().address
    key = os.environ.get("OAUTH_REGISTRY_KEY", "")
    # Looked at before it is used: what grpcio says of characters that no header may hold would repeat the key.
    if not re.fullmatch(r"ork_\w+", key, re.ASCII):
        parser.error("put the first administrator's key into OAUTH_REGISTRY_KEY")
    # Plaintext is for a server on the same machine. Any other needs grpc.secure_channel, or the key is for all to read.
    with grpc.insecure_channel(address) as channel:
        try:
            walk(channel, key)
        except Unexpected as unexpected:
            print(f"quickstart: {unexpected}", file=sys.stderr)
            return 1
        except grpc.RpcError as error:
            print(f"quickstart: a call failed that must succeed: {explain(error)}", file=sys.stderr)
            return 1
    print("\nquickstart: every answer was as expected")
    return 0


if __name__ == "__main__":
    sys.exit(main())
