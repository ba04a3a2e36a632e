"""Run inside a session's network: listen on a port of loopback and hand the socket over to the process that asked.

python -I listen.py HANDLE PORT
"""

import socket
import sys

with socket.socket(fileno=int(sys.argv[1])) as asker, socket.create_server(("127.0.0.1", int(sys.argv[2]))) as listener:
    socket.send_fds(asker, [b"."], [listener.fileno()])
