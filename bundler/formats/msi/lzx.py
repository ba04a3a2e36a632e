"""LZX ([MS-PATCH], [MS-CAB]), by which python.org's MSIs are packed: the one place that knows whose decoder it is.

The decoder is pymsi's; that has no release yet, so its version is pinned. Cabinets packed otherwise never load it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SMALLEST, _LARGEST = 15, 21
_BLOCK = 1 << 15


def lzx_unpacker(window: int) -> Callable[[bytes, int], bytes]:
    """A function that unpacks the blocks of one folder, in their order: packed bytes and unpacked size -> bytes.

    ``window``: the history's size as a power of two, 15 to 21; up to 2 MiB are held. Raises ValueError for what is no LZX.
    """
    from pymsi.thirdparty.refinery.lzx import LzxDecoder

    if not _SMALLEST <= window <= _LARGEST:
        raise ValueError(f"its cabinet is packed by LZX with a window of 2**{window} bytes")
    decoder = LzxDecoder(wim_mode=False)
    decoder.set_params_and_alloc(window)

    def unpack(content: bytes, size: int) -> bytes:
        if size > _BLOCK:
            raise ValueError("a block of its cabinet is too long")
        try:
            found = bytes(decoder.decompress(memoryview(content), size))
        except Exception as error:  # hostile bytes make decoders fail in every way there is
            raise ValueError(f"a block of its cabinet is no LZX: {error or type(error).__name__}") from error
        decoder.keep_history = True
        return found

    return unpack
