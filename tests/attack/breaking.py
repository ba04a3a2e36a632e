"""Ways to break what is whole, and texts out of pieces that readers stumble over; all by a seed."""

from __future__ import annotations

import random
import struct

from bundler.formats.seven_zip_records import FRONT_SIZE, encode_front, read_front

EXTREMES = (0, 1, 2, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF, 1 << 62, (1 << 64) - 1)
MARKS = (b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\6\7")
METHODS = (0, 8, 12, 14, 93, 99)
DIGITS = "9" * 5000
PIECES = (
    *("", " ", " " * 5000, "\t", "\n", "\\\n", "\0", "²", "٣", "\ufeff", "é", "\x1f", "\x85", "\u2028"),
    *(DIGITS, "0", "1.0", "a" * 300, "a", "demo", "[", "]", "[x", "(", ")", "(" * 2000, ";", " ; ", ",", "@"),
    *(" @ ", "#", " #", "==", ">=", "~=", "===", "<", "!", "https://", "http://", "file://", "file:///", "//", "/"),
    *("\\", "https://[foo", "https://a.test:x/", "https://a.test/", "%00", "?", "#sha256=", "#egg=", "subdirectory="),
    *(".whl", ".zip", ".tar.gz", "-py3-none-any.whl", "-1.0-", ".a" * 900, "${HOME}", "${", "'", '"', "python_version"),
    *("os_name", "extra", " and ", " or ", "not in", "in ", "'x'", "-r ", "-c ", "-e ", "--hash=sha256:", "--pre"),
    *("--index-url ", "--extra-index-url=", "--only-binary :all:", "=", "{", "}", "[[", "]]", ".", "..", "C:\\"),
    *("index:", "git+", "[packages]\n", "requirements = [", "[bundle]\nname = 'x'\n", "a = ", "1979-05-27T07:32:00"),
    *("inf", "nan", '"\\u0000"', "true", "<a href=", ">", "<!--", "<![foo[", "</a>", "&#x110000;", "&#", "<base href="),
    *("Name: ", "Version: ", "Requires-Dist: ", "Requires-Python: ", "Provides-Extra: ", "\r", "\r\n", ": ", "\n\n"),
    *(
        "\nLicense: x\n",
        "\n        |",
        "UNKNOWN",
        "-",
        "_",
        "v",
        "!1",
        "+",
        "rc",
        "*",
        ".*",
        "1e400",
        "null",
        "0x1F",
        "0x" + "f" * 6000,
    ),
)


_INFLATED = 100_000


class Breaker:
    """Breaks bytes in some of all ways. ``draw`` decides all of it."""

    def __init__(self, seed: int | str) -> None:
        self.draw = random.Random(seed)  # noqa: S311

    def text(self, most: int = 12) -> str:
        return "".join(self.draw.choices(PIECES, k=self.draw.randrange(1, most)))

    def words(self, content: bytes) -> bytes:
        """A text into which pieces are put, or whose own lines change their places."""
        draw, bad = self.draw, content
        for _ in range(draw.choice((1, 1, 2, 4))):
            at = draw.randrange(len(bad) + 1)
            piece = draw.choice(PIECES).encode("utf-8", "surrogatepass")
            bad = bad[:at] + piece + bad[at + draw.choice((0, 0, 1, len(piece), 20)) :]
        if draw.random() < 0.03:
            at = draw.randrange(len(bad) + 1)
            bad = bad[:at] + bad[at : at + draw.choice((1, 1, 2, 3, 10, 40))] * draw.choice((1000, 5000)) + bad[at:]
        if draw.random() < 0.2:
            lines = bad.splitlines(keepends=True)
            draw.shuffle(lines)
            bad = b"".join(lines)
        return bad

    def inflated(self, content: bytes) -> bytes:
        """A piece of it a hundred thousand bytes long: what looks at each from each takes minutes."""
        at = self.draw.randrange(len(content) + 1)
        own = content[at : at + self.draw.choice((1, 1, 2, 3, 5, 9, 20, 60))]
        piece = self.draw.choice((own, own, self.draw.choice(PIECES[:-1]).encode("utf-8", "surrogatepass"))) or b" "
        return content[:at] + piece * (_INFLATED // len(piece)) + content[at:]

    def plain(self, content: bytes) -> bytes:
        draw, bad = self.draw, bytearray(content)
        for _ in range(draw.choice((1, 1, 2, 5))):
            at, length = draw.randrange(len(bad) + 1), draw.choice((1, 2, 4, 8, 30))
            way = draw.randrange(6)
            if way == 0:
                bad[at : at + length] = draw.randbytes(length)
            elif way == 1:
                bad[at : at + length] = b"\xff" * length
            elif way == 2:
                bad[at : at + length] = bytes(length)
            elif way == 3:
                del bad[at : at + length]
            elif way == 4:
                bad[at:at] = bad[: length * 3]
            else:
                del bad[max(at, 1) :]
        return bytes(bad)

    def numbers(self, content: bytes, start: int = 0, end: int | None = None, align: int = 2) -> bytes:
        """Some numbers between two places become extreme, or a little larger or smaller; the length stays."""
        draw, bad = self.draw, bytearray(content)
        last = min(len(bad), len(bad) if end is None else end)
        for _ in range(draw.choice((1, 1, 2, 3, 6))):
            width = draw.choice((1, 2, 4, 4, 8))
            if last - start < width:
                break
            at = start + draw.randrange((last - start - width) // align + 1) * align
            before = int.from_bytes(bad[at : at + width], "little")
            value = draw.choice(
                (*EXTREMES, before + 1, before - 1, before * 2, before ^ 1 << draw.randrange(8 * width))
            )
            bad[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, "little")
        return bytes(bad)

    def zip(self, content: bytes) -> bytes:
        """A field of a record becomes one that no record has."""
        draw, bad = self.draw, bytearray(content)
        for _ in range(draw.choice((1, 1, 2, 3))):
            mark = draw.choice(MARKS)
            places = _places(bad, mark)
            if not places:
                return self.plain(content)
            at, width = draw.choice(places) + draw.randrange(4, 46), draw.choice((1, 2, 4, 8))
            value = draw.choice((*EXTREMES, *METHODS)) & ((1 << 8 * width) - 1)
            bad[at : at + width] = value.to_bytes(width, "little")
        return bytes(bad)

    def seven_zip(self, content: bytes) -> bytes:
        """A plain header is broken, and its checksums made right again."""
        total, length = read_front(content)
        header = self.plain(content[FRONT_SIZE + total :][:length])
        return encode_front(header, total) + content[FRONT_SIZE : FRONT_SIZE + total] + header

    def tar(self, content: bytes) -> bytes:
        """A field of a header, with its sum made right again."""
        draw, bad = self.draw, bytearray(content)
        blocks = [at for at in range(0, len(bad), 512) if bad[at + 257 : at + 262] == b"ustar"]
        at = draw.choice(blocks)
        start, end = draw.choice(((0, 100), (100, 108), (124, 136), (136, 148), (156, 157), (157, 257), (345, 500)))
        fill = draw.choice((b"\xff", b"9", b"7", b"\0", b"-", b"\x80", b"/", b"x", b"L", b"S", b"g", b"1", b"\xc3"))
        bad[at + start : at + end] = (fill * (end - start)) if draw.random() < 0.7 else draw.randbytes(end - start)
        bad[at + 148 : at + 156] = b" " * 8
        bad[at + 148 : at + 156] = b"%06o\0 " % sum(bad[at : at + 512])
        return bytes(bad)

    def compound(self, content: bytes) -> bytes:
        """An OLE file: its header, a sector of a table or of a stream, or names that are text of 16 bits."""
        draw = self.draw
        way = draw.random()
        if way < 0.2:
            return self.numbers(content, 24, 512)
        if way < 0.8:
            sector = 512 * draw.randrange(len(content) // 512)
            return self.numbers(content, sector, sector + 512)
        return self.plain(content)

    def der(self, content: bytes, start: int, end: int) -> bytes:
        """A tag, a length or a value of ASN.1 between two places."""
        draw, bad = self.draw, bytearray(content)
        starts = [
            at for at in range(start, min(end, len(bad) - 2)) if bad[at] in (2, 3, 4, 5, 6, 12, 19, 23, 48, 49, 160)
        ]
        for _ in range(draw.choice((1, 1, 2, 4))):
            at = draw.choice(starts) + draw.randrange(3)
            bad[at] = draw.choice((0, 1, 2, 5, 6, 0x30, 0x31, 0x80, 0x81, 0x82, 0x84, 0x88, 0xA0, 0xFF, bad[at] ^ 1))
        return bytes(bad)

    def program(self, content: bytes) -> bytes:
        """A number in the headers of a PE or in one of its tables."""
        (place,) = struct.unpack_from("<I", content, 60)
        if self.draw.random() < 0.5:
            return self.numbers(content, 60, place + 24 + 240 + 40 * 4)
        return self.numbers(content) if self.draw.random() < 0.7 else self.plain(content)


def _places(content: bytearray, mark: bytes) -> list[int]:
    found, at = [], content.find(mark)
    while at >= 0:
        found.append(at)
        at = content.find(mark, at + 1)
    return found
