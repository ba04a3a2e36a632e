# coding: ascii
"""A build backend (PEP 517) for every Python from 2.7 on: compiles ``fast.c`` with ``cc`` into a wheel of ``demo`` 1.0."""

from __future__ import absolute_import, unicode_literals

import base64
import hashlib
import io
import os
import subprocess
import sys
import sysconfig
import zipfile

INFO = "demo-1.0.dist-info/"
METADATA = "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n"


def tag():
    # type: () -> str
    version = "cp%d%d" % sys.version_info[:2]
    flags = "m" if sys.version_info < (3, 8) else ""
    if sys.version_info < (3, 3) and sys.maxunicode > 0xFFFF:
        flags += "u"
    return "%s-%s-%s" % (version, version + flags, sysconfig.get_platform().replace("-", "_").replace(".", "_"))


def get_requires_for_build_wheel():
    # type: () -> list[str]
    with io.open("seen.txt", "w", encoding="utf-8") as stream:
        stream.write("%s" % (sys.version_info[:2],))
    return ["helper>=1"]


def prepare_metadata_for_build_wheel(folder):
    # type: (str) -> str
    os.mkdir(os.path.join(folder, INFO.rstrip("/")))
    with io.open(os.path.join(folder, INFO, "METADATA"), "w", encoding="utf-8") as stream:
        stream.write(METADATA + "Requires-Dist: python%d\n" % sys.version_info[0])
    return INFO.rstrip("/")


def build_wheel(folder):
    # type: (str) -> str
    import helper  # type: ignore[import-not-found]  # what the environment must hold

    suffix = sysconfig.get_config_var("EXT_SUFFIX") or sysconfig.get_config_var("SO")
    name = "fast" + suffix
    include = sysconfig.get_paths()["include"]
    print("compiling with %s" % helper.COMPILER)
    subprocess.check_call([str(helper.COMPILER), "-shared", "-fPIC", "-I" + include, "fast.c", "-o", name])
    with io.open(name, "rb") as stream:
        module = stream.read()
    wheel = "Wheel-Version: 1.0\nGenerator: old\nRoot-Is-Purelib: false\nTag: %s\n" % tag()
    files = {name: module, INFO + "METADATA": METADATA.encode(), INFO + "WHEEL": wheel.encode()}
    record = "".join(
        "%s,sha256=%s,%d\n"
        % (each, base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("="), len(content))
        for each, content in sorted(files.items())
    )
    files[INFO + "RECORD"] = (record + INFO + "RECORD,,\n").encode()
    filename = "demo-1.0-%s.whl" % tag()
    with zipfile.ZipFile(os.path.join(folder, filename), "w") as archive:
        for each, content in sorted(files.items()):
            archive.writestr(each, content)
    return filename
