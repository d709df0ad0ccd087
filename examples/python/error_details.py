"""Reads the errors of OAuth Registry. Copy this file: it needs grpcio-status and nothing of the rest of the example.

Every error of the service is a `google.rpc.Status` with details. Branch on `code` and `reason`, which never change; the message
is for people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

import grpc
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, PreconditionFailure, RequestInfo, ResourceInfo, RetryInfo
from grpc_status import rpc_status


@dataclass
class Violation:
    """One bad field of the request."""

    field: str
    reason: str
    description: str


@dataclass
class Explanation:
    """Everything that an error says. What it does not say is empty."""

    code: grpc.StatusCode
    message: str
    # The reason is the service's own when the domain is `oauthregistry.v1`: the name of an `ErrorReason` without its prefix.
    domain: str = ""
    reason: str = ""
    metadata: dict[str, str] = field(default_factory=dict)
    # All bad fields at once.
    violations: list[Violation] = field(default_factory=list)
    # What stands in the way: (reason, subject).
    preconditions: list[tuple[str, str]] = field(default_factory=list)
    # What is missing: (type, id).
    resource: tuple[str, str] | None = None
    # How long to wait before the same call is worth another try; without it, do not repeat the call as it is.
    retry_after: timedelta | None = None
    # The server's id of the call. Events and the server's log name it, so keep it for a report.
    request_id: str = ""

    def __str__(self) -> str:
        lines = [f"{self.code.name} {self.reason or '(no reason)'}: {self.message}"]
        lines += [f"  {name} = {value}" for name, value in sorted(self.metadata.items())]
        lines += [f"  field {one.field}: {one.reason}: {one.description}" for one in self.violations]
        lines += [f"  precondition {subject}: {reason}" for reason, subject in self.preconditions]
        if self.resource:
            lines.append(f"  resource {self.resource[0]} {self.resource[1]}")
        if self.retry_after is not None:
            lines.append(f"  try again after {self.retry_after.total_seconds():g} s")
        if self.request_id:
            lines.append(f"  request id {self.request_id}")
        return "\n".join(lines)


def explain(error: grpc.RpcError) -> Explanation:
    """Reads an error. One that the service did not make, as when nobody listens, has a code and a message only."""
    found = Explanation(error.code(), error.details() or "")
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        # `Unpack` tells whether the detail is of the message's type, and fills the message if so.
        if detail.Unpack(info := ErrorInfo()):
            found.domain, found.reason, found.metadata = info.domain, info.reason, dict(info.metadata)
        elif detail.Unpack(bad := BadRequest()):
            found.violations = [Violation(one.field, one.reason, one.description) for one in bad.field_violations]
        elif detail.Unpack(failure := PreconditionFailure()):
            found.preconditions = [(one.type, one.subject) for one in failure.violations]
        elif detail.Unpack(resource := ResourceInfo()):
            found.resource = (resource.resource_type, resource.resource_name)
        elif detail.Unpack(retry := RetryInfo()):
            found.retry_after = retry.retry_delay.ToTimedelta()
        elif detail.Unpack(request := RequestInfo()):
            found.request_id = request.request_id
    return found
