"""Prints what the example's `explain` reads from one error with every detail and from one with none, over a real connection."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
from error_details import explain
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2
from grpc_status import rpc_status


def pack(message):
    packed = Any()
    packed.Pack(message)
    return packed


def delay(seconds):
    duration = Duration()
    duration.FromTimedelta(timedelta(seconds=seconds))
    return duration


def fully(_, context):
    bad = error_details_pb2.BadRequest()
    bad.field_violations.add(field="oauth_app.name", reason="TOO_LONG", description="At most 128.")
    bad.field_violations.add(field="oauth_app.scope", reason="REQUIRED", description="Give one.")
    failure = error_details_pb2.PreconditionFailure()
    failure.violations.add(type="KEYRING_SEALED", subject="keyring", description="No key.")
    failure.violations.add(type="TENANT_SUSPENDED", subject="alpha", description="Suspended.")
    info = error_details_pb2.ErrorInfo(domain="oauthregistry.v1", reason="INTERNAL", metadata={"b": "2", "a": "1"})
    details = [
        info,
        delay(7),
        error_details_pb2.RequestInfo(request_id="call-1"),
        bad,
        failure,
        error_details_pb2.ResourceInfo(resource_type="oauthregistry.v1.OauthApp", resource_name="app-1"),
        error_details_pb2.RetryInfo(retry_delay=delay(1.5)),
    ]
    status = status_pb2.Status(code=code_pb2.UNAVAILABLE, message="Grüße: 100 %", details=[pack(one) for one in details])
    context.abort_with_status(rpc_status.to_status(status))


def barely(_, context):
    context.abort(grpc.StatusCode.UNAVAILABLE, "no route")


server = grpc.server(ThreadPoolExecutor(max_workers=1))
methods = {"Fully": grpc.unary_unary_rpc_method_handler(fully), "Barely": grpc.unary_unary_rpc_method_handler(barely)}
server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("test.Errors", methods),))
port = server.add_insecure_port("127.0.0.1:0")
server.start()
with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
    for name in methods:
        try:
            channel.unary_unary(f"/test.Errors/{name}")(b"", timeout=30)
        except grpc.RpcError as error:
            explanation = explain(error)
            print(explanation)
            print(f"domain {explanation.domain!r}")
server.stop(None)
