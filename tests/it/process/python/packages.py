"""Ends with 0 when this interpreter has the packages of a requirements file at their versions; otherwise says what it lacks."""

import sys

if sys.version_info < (3, 9):
    sys.exit("Python 3.9 or later is needed")

from importlib.metadata import PackageNotFoundError, version

with open(sys.argv[1], encoding="utf-8") as requirements:
    for name, _, wanted in (line.strip().partition("==") for line in requirements if "==" in line):
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "none"
        if found != wanted:
            sys.exit(f"{name} {wanted} is needed, {found} is installed")

# What is installed may still not load.
import google.rpc.error_details_pb2  # noqa: F401
import grpc_status.rpc_status  # noqa: F401
import grpc_tools.protoc  # noqa: F401
