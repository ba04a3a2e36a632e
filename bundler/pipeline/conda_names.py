"""Names of conda's packages that an index of Python packages doesn't have, or has under another name: the common ones of environments."""

from __future__ import annotations

from bundler.pipeline.recipe_origins import PYTHON_ELSEWHERE

_SYSTEM = "no package of Python: what needs it brings it along in its wheel, or names it as a prerequisite"

NOT_FROM_AN_INDEX = {
    "python": PYTHON_ELSEWHERE,
    "python_abi": PYTHON_ELSEWHERE,
    "pip": "the bundle brings its own",
    **dict.fromkeys(
        (
            "blas", "bzip2", "c-ares", "ca-certificates", "cairo", "cuda-toolkit", "cudatoolkit", "cudnn", "curl", "expat", "ffmpeg",
            "fontconfig", "freetype", "gcc", "gdal-bin", "geos", "glib", "graphviz", "gsl", "harfbuzz", "hdf5", "icc_rt", "icu", "intel-openmp",
            "jpeg", "krb5", "lz4-c", "m2w64", "make", "mkl", "mkl-service", "nccl", "ncurses", "nodejs", "openblas", "openjdk", "openjpeg",
            "openssl", "pandoc", "pcre", "pixman", "proj", "pthread-stubs", "qt", "qt-main", "readline", "snappy", "sqlite", "tbb", "tk", "tzdata",
            "ucrt", "vc", "vc14_runtime", "vcomp14", "vs2015_runtime", "winpty", "xz", "yaml", "zlib", "zstd",
        ),
        _SYSTEM,
    ),
}  # fmt: skip
"""Name -> why it is left out."""

ON_AN_INDEX = {
    "matplotlib-base": "matplotlib",
    "msgpack-python": "msgpack",
    "opencv": "opencv-python",
    "py-opencv": "opencv-python",
    "py-xgboost": "xgboost",
    "pyqt": "PyQt5",
    "pytables": "tables",
    "pytorch": "torch",
    "ruamel_yaml": "ruamel.yaml",
    "tensorflow-base": "tensorflow",
}
"""conda's name -> the index's."""
