"""The program serial-gateway: lines of the device go to every client; the first line that a client gets is the device's state.

Ctrl-C, which a stopped service gets, ends it: clients are disconnected and the device is closed.
"""

import argparse
import asyncio
import contextlib
import threading

import serial

AGAIN = 5
"""Seconds between two tries to open the device."""


class Gateway:
    def __init__(self, device):
        self.device = device
        self.state = f"{device} isn't open yet"
        self.clients = set()
        self.ending = threading.Event()

    async def serve(self, host, port):
        """Until it is cancelled."""
        loop = asyncio.get_running_loop()
        reader = threading.Thread(target=self._read, args=(loop,), daemon=True)
        reader.start()
        server = await asyncio.start_server(self._client, host, port)
        print(f"listening on {host}:{port} for {self.device}", flush=True)
        try:
            async with server:
                await server.serve_forever()
        finally:
            self.ending.set()
            for each in list(self.clients):
                each.close()
            print("ended", flush=True)

    async def _client(self, reader, writer):
        writer.write(f"{self.state}\n".encode())
        self.clients.add(writer)
        try:
            await writer.drain()
            while await reader.read(1024):  # what clients say is dropped
                pass
        except ConnectionError:
            pass
        finally:
            self.clients.discard(writer)
            writer.close()

    def _read(self, loop):
        """In a thread: pyserial waits in system calls."""
        while not self.ending.is_set():
            try:
                with serial.Serial(self.device, timeout=1) as port:
                    self._is(f"{self.device} is open")
                    while not self.ending.is_set():
                        if line := port.readline():
                            loop.call_soon_threadsafe(self._tell, line)
            except serial.SerialException as error:
                self._is(f"{self.device} can't be opened: {error}")
                self.ending.wait(AGAIN)

    def _is(self, state):
        if state != self.state:
            print(state, flush=True)
        self.state = state

    def _tell(self, line):
        for each in list(self.clients):
            each.write(line)


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(prog="serial-gateway")
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 7000), metavar="HOST:PORT")
    parser.add_argument("--device", default="COM3")
    options = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Gateway(options.device).serve(*options.listen))
