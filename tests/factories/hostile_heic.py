"""HEIC files put together by hand: derived pictures, loops and nests that no camera writes."""

import struct
from collections.abc import Iterator

from tests.factories.pictures import gradient, heic

Item = tuple[int, bytes, bytes, list[int]]  # id, type, data, numbers of its properties (from 1)


def box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", len(body) + 8, kind) + body


def full(kind: bytes, body: bytes, version: int = 0, flags: int = 0) -> bytes:
    return box(kind, bytes([version, 0, 0, flags]) + body)


def size_box(width: int, height: int) -> bytes:
    return full(b"ispe", struct.pack(">II", width, height))


def put_together(
    items: list[Item], properties: list[bytes], references: list[tuple[bytes, int, list[int]]], primary: int
) -> bytes:
    """A HEIC file of these items; item data lie in an idat box.

    All but the primary one are hidden, as cameras hide their tiles.
    """
    places, data = b"", b""
    for number, _kind, body, _properties in items:
        places += struct.pack(">HHHHII", number, 1, 0, 1, len(data), len(body))
        data += body
    infos = b"".join(
        full(b"infe", struct.pack(">HH4s", number, 0, kind) + b"\0", version=2, flags=int(number != primary))
        for number, kind, _body, _properties in items
    )
    links = b"".join(
        struct.pack(">HB", number, len(own)) + bytes(0x80 | one for one in own)
        for number, _kind, _body, own in items
    )
    refers = b"".join(
        box(kind, struct.pack(">HH", source, len(targets)) + struct.pack(f">{len(targets)}H", *targets))
        for kind, source, targets in references
    )
    meta = (
        full(b"hdlr", bytes(4) + b"pict" + bytes(13))
        + full(b"pitm", struct.pack(">H", primary))
        + full(b"iloc", b"\x44\x00" + struct.pack(">H", len(items)) + places, version=1)
        + full(b"iinf", struct.pack(">H", len(items)) + infos)
        + full(b"iref", refers)
        + box(
            b"iprp", box(b"ipco", b"".join(properties)) + full(b"ipma", struct.pack(">I", len(items)) + links)
        )
        + box(b"idat", data)
    )
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + full(b"meta", meta)


def _tile() -> tuple[bytes, bytes]:
    """Decoder configuration (hvcC box) and picture data of a 64 x 64 tile."""
    data = heic(gradient(64, 64))
    at = data.index(b"hvcC") - 4
    configuration = data[at : at + int.from_bytes(data[at : at + 4], "big")]
    return configuration, data[data.index(b"mdat") + 4 :]


def grid(columns: int, rows: int, width: int, height: int, *, said: tuple[int, int] | None = None) -> bytes:
    """A grid of one tile repeated. said: the size of its ispe box, if that is another one."""
    configuration, data = _tile()
    shape = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, width, height)
    return put_together(
        [(1, b"grid", shape, [3]), (2, b"hvc1", data, [1, 2])],
        [configuration, size_box(64, 64), size_box(*(said or (width, height)))],
        [(b"dimg", 1, [2] * (columns * rows))],
        primary=1,
    )


def overlay(width: int, height: int, *, said: tuple[int, int]) -> bytes:
    """A canvas with one tile on it."""
    configuration, data = _tile()
    canvas = struct.pack(">BB4HIIii", 0, 1, 65_535, 0, 0, 65_535, width, height, 0, 0)
    return put_together(
        [(1, b"iovl", canvas, [3]), (2, b"hvc1", data, [1, 2])],
        [configuration, size_box(64, 64), size_box(*said)],
        [(b"dimg", 1, [2])],
        primary=1,
    )


def identity_chain(length: int, *, closed: bool) -> bytes:
    """Pictures each derived from the next; closed: the last from the first."""
    configuration, data = _tile()
    items: list[Item] = [(number, b"iden", b"", [2]) for number in range(1, length + 1)]
    items.append((length + 1, b"hvc1", data, [1, 2]))
    references = [(b"dimg", number, [number + 1]) for number in range(1, length + 1)]
    if closed:
        references[-1] = (b"dimg", length, [1])
    return put_together(items, [configuration, size_box(64, 64)], references, primary=1)


def exploding_grids(depth: int) -> bytes:
    """Grids of grids: each level holds the next four times."""
    configuration, data = _tile()
    items: list[Item] = []
    for level in range(1, depth + 1):
        side = 64 << (depth + 1 - level)
        items.append((level, b"grid", struct.pack(">BBBBII", 0, 1, 1, 1, side, side), [2]))
    items.append((depth + 1, b"hvc1", data, [1, 2]))
    references = [(b"dimg", level, [level + 1] * 4) for level in range(1, depth + 1)]
    return put_together(items, [configuration, size_box(64, 64)], references, primary=1)


def nested(depth: int, kind: bytes = b"iprp") -> bytes:
    """Boxes in boxes."""
    inside = b""
    for _ in range(depth):
        inside = box(kind, inside)
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + full(b"meta", inside) + box(b"mdat", b"x" * 40)


def bombs() -> Iterator[tuple[str, bytes]]:
    yield "heic grid as it should be", grid(2, 2, 128, 128)
    for columns, rows in ((256, 255), (100, 100)):
        width, height = columns * 64, rows * 64
        yield f"heic grid of {width} x {height}", grid(columns, rows, width, height)
        yield (
            f"heic grid of {width} x {height} that says 64",
            grid(columns, rows, width, height, said=(64, 64)),
        )
    yield "heic grid that claims 2^31", grid(1, 1, 2**31 - 1, 2**31 - 1, said=(64, 64))
    for side in (20_000, 60_000, 2**31 - 1):
        yield f"heic canvas of {side} that says 64", overlay(side, side, said=(64, 64))
        yield f"heic canvas of {side}", overlay(side, side, said=(side, side))
    yield "heic loop", identity_chain(3, closed=True)
    yield "heic derived from itself", identity_chain(1, closed=True)
    yield "heic chain of 900", identity_chain(900, closed=False)
    for depth in (4, 9, 14):
        yield f"heic grids {depth} deep", exploding_grids(depth)
    for depth in (3000, 200_000):
        yield f"heic boxes {depth} deep", nested(depth)
    yield (
        "heic of a million boxes",
        (
            box(b"ftyp", b"heic\0\0\0\0mif1heic")
            + full(b"meta", box(b"free", b"") * 1_000_000)
            + box(b"mdat", b"")
        ),
    )
