"""Makes Python modules out of the protos of OAuth Registry: messages, services, and types for editors and type checkers.

`python make_stubs.py FOLDER` writes them below FOLDER. With FOLDER on the path, `from oauthregistry.v1 import oauth_app_pb2`
works.
"""

from __future__ import annotations

import sys
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

PROTOS = Path(__file__).resolve().parents[2] / "proto"
# google/protobuf/*.proto come with the compiler.
WELL_KNOWN = Path(grpc_tools.__file__).parent / "_proto"


def make_stubs(folder: str) -> None:
    """Writes the modules of the package `oauthregistry.v1` below an existing folder."""
    files = sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "oauthregistry" / "v1").glob("*.proto"))
    outputs = [f"--python_out={folder}", f"--pyi_out={folder}", f"--grpc_python_out={folder}"]
    code = protoc.main(["protoc", f"-I{PROTOS}", f"-I{WELL_KNOWN}", *outputs, *files])
    if code != 0:
        raise RuntimeError(f"protoc ended with {code}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_stubs.py FOLDER")
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    make_stubs(sys.argv[1])
