"""The program serial-gateway-status: the first line that the gateway says, which is the device's state."""

import argparse
import socket
import time

from serial_gateway.gateway import address

SECONDS = 10


def main():
    parser = argparse.ArgumentParser(prog="serial-gateway-status")
    parser.add_argument("gateway", type=address, metavar="HOST:PORT")
    gateway = parser.parse_args().gateway
    until = time.monotonic() + SECONDS
    state = _state(gateway)
    while "isn't open yet" in state and time.monotonic() < until:
        time.sleep(0.2)
        state = _state(gateway)
    print(state)


def _state(gateway):
    with socket.create_connection(gateway, timeout=SECONDS) as connection:
        return connection.makefile(encoding="utf-8").readline().strip()
