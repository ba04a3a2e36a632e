"""The program sorter-ask MODEL VALUES…"""

import argparse

from onnx_sorter.model import Model


def main():
    parser = argparse.ArgumentParser(prog="sorter-ask")
    parser.add_argument("model")
    parser.add_argument("values", type=float, nargs="+")
    options = parser.parse_args()
    print(Model(options.model).class_of(options.values))
