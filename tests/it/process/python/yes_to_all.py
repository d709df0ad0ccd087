"""Runs the example against a server that answers every call with an empty message, and ends as the example does."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc


class YesToAll(grpc.GenericRpcHandler):
    def service(self, _):
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: b"")


server = grpc.server(ThreadPoolExecutor(max_workers=1), handlers=[YesToAll()])
port = server.add_insecure_port("127.0.0.1:0")
server.start()
ended = subprocess.run([sys.executable, sys.argv[1], "--address", f"127.0.0.1:{port}"], check=False)
server.stop(None)
sys.exit(ended.returncode)
