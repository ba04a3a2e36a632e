"""The model: from a file, once; then from values to a class."""

import numpy
import onnxruntime


class Model:
    def __init__(self, path):
        self._session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
        self._size = self._session.get_inputs()[0].shape[1]

    def class_of(self, values):
        """The class that fits numbers best; raises ValueError for too many of them."""
        if len(values) > self._size:
            raise ValueError(f"at most {self._size} values")
        row = numpy.zeros((1, self._size), dtype=numpy.float32)
        row[0, : len(values)] = values
        return int(self._session.run(None, {"values": row})[0].argmax())
