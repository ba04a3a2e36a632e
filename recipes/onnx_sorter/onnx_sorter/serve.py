"""The program sorter-serve: ``/sort?values=1,2,3`` answers with the class, ``/health`` with ``ok`` once the model is loaded."""

import argparse
import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from onnx_sorter.model import Model


def handler_of(model):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/health":
                self._answer(200, "ok\n")
            elif parts.path == "/sort":
                try:
                    values = [float(each) for each in parse_qs(parts.query).get("values", [""])[0].split(",")]
                    self._answer(200, json.dumps({"class": model.class_of(values)}) + "\n")
                except ValueError as error:
                    self._answer(400, f"{error}\n")
            else:
                self._answer(404, "not found\n")

        def _answer(self, status, text):
            content = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(prog="sorter-serve")
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 8083), metavar="HOST:PORT")
    parser.add_argument("model")
    options = parser.parse_args()
    server = ThreadingHTTPServer(options.listen, handler_of(Model(options.model)))
    print(f"listening on {options.listen[0]}:{options.listen[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
