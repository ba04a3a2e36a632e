"""Write model/model.onnx and model/weights.bin: what stands here for a training. Any Python runs it.

    python make_model.py [MEGABYTES]

The model is one matrix product, vector [1, INPUTS] by weights [INPUTS, CLASSES]; the weights are "external data" (ONNX), as those of
all models over 2 GB are.
"""

import array
import random
import sys
from pathlib import Path

INPUTS = 64
FLOAT, FLOAT_BYTES = 1, 4
MEGABYTES = 100


def main(megabytes):
    folder = Path(__file__).resolve().parent / "model"
    folder.mkdir(exist_ok=True)
    classes = megabytes * 1_000_000 // INPUTS // FLOAT_BYTES
    draw = random.Random(0)  # noqa: S311 -- the same file every time
    row = array.array("f", (draw.uniform(-1, 1) for _ in range(classes)))
    with (folder / "weights.bin").open("wb") as file:
        for _ in range(INPUTS):
            file.write(row.tobytes())
            row.append(row.pop(0))
    (folder / "model.onnx").write_bytes(_model(classes))
    print(f"wrote {folder / 'model.onnx'} and weights of {INPUTS * classes * FLOAT_BYTES} bytes")


# -- ONNX is a protocol buffer; numbers of fields as in onnx.proto


def _varint(number):
    out = bytearray()
    while number >> 7:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def _number(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    content = value if isinstance(value, bytes) else value.encode()
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _value(name, *shape):
    dimensions = b"".join(_bytes(1, _number(1, each)) for each in shape)
    tensor = _number(1, FLOAT) + _bytes(2, dimensions)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def _model(classes):
    places = {"location": "weights.bin", "offset": "0", "length": str(INPUTS * classes * FLOAT_BYTES)}
    weights = _number(1, INPUTS) + _number(1, classes) + _number(2, FLOAT) + _bytes(8, "weights")
    weights += b"".join(_bytes(13, _bytes(1, name) + _bytes(2, value)) for name, value in places.items())
    weights += _number(14, 1)  # external
    node = _bytes(1, "values") + _bytes(1, "weights") + _bytes(2, "scores") + _bytes(4, "MatMul")
    graph = _bytes(1, node) + _bytes(2, "sorter") + _bytes(5, weights)
    graph += _bytes(11, _value("values", 1, INPUTS)) + _bytes(12, _value("scores", 1, classes))
    return _number(1, 8) + _bytes(7, graph) + _bytes(8, _number(2, 13))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MEGABYTES)
