"""A build backend (PEP 517) that needs nothing but the standard library: every made-up sdist carries a copy.

``_build/build.json`` beside it says what to build. It runs with the sdist's root as its working directory.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shlex
import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path
from typing import Any

STAMP = (2024, 1, 1, 0, 0, 0)


def _settings() -> dict[str, Any]:
    settings: dict[str, Any] = json.loads(Path("_build/build.json").read_text(encoding="utf-8"))
    return settings


def _metadata(settings: dict[str, Any]) -> bytes:
    header, _, body = settings["metadata"].partition("\n\n")
    for platform, requirements in settings["requires_on"].items():
        if sys.platform.startswith(platform):
            header += "".join(f"\nRequires-Dist: {each}" for each in requirements)
    return f"{header}\n\n{body}".encode()


def _dist_info(settings: dict[str, Any]) -> dict[str, bytes]:
    folder = settings["stem"] + ".dist-info/"
    pure = str(not settings["extension"]).lower()
    wheel = f"Wheel-Version: 1.0\nGenerator: sdist_backend\nRoot-Is-Purelib: {pure}\nTag: {_tag(settings)}\n"
    files = {folder + "METADATA": _metadata(settings), folder + "WHEEL": wheel.encode()}
    if settings["entry_points"]:
        files[folder + "entry_points.txt"] = settings["entry_points"].encode()
    return files


def _tag(settings: dict[str, Any]) -> str:
    if not settings["extension"]:
        return str(settings["tag"])
    python = "cp{}{}".format(*sys.version_info)
    return f"{python}-{python}-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")


def get_requires_for_build_wheel(_config: object = None) -> list[str]:
    return list(_settings()["hook_requires"])


def prepare_metadata_for_build_wheel(folder: str, _config: object = None) -> str:
    settings = _settings()
    for name, content in _dist_info(settings).items():
        path = Path(folder, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return str(settings["stem"]) + ".dist-info"


def build_wheel(folder: str, _config: object = None, _metadata_folder: str | None = None) -> str:
    settings = _settings()
    if settings["fails"]:
        raise RuntimeError(settings["fails"])
    files = {name: Path(name).read_bytes() for name in settings["packages"]}
    if settings["extension"]:
        files |= _compiled(settings["extension"])
    files |= _dist_info(settings)
    record = settings["stem"] + ".dist-info/RECORD"
    lines = [f"{name},{_digest(content)},{len(content)}" for name, content in sorted(files.items())]
    files[record] = "\n".join([*lines, record + ",,", ""]).encode()
    filename = f"{settings['stem']}-{_tag(settings)}.whl"
    with zipfile.ZipFile(Path(folder, filename), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name, STAMP), content)
    return filename


def build_sdist(folder: str, _config: object = None) -> str:
    stem = _settings()["stem"]
    with tarfile.open(Path(folder, stem + ".tar.gz"), "w:gz") as archive:
        for path in sorted(each for each in Path().rglob("*") if each.is_file()):
            archive.add(path, f"{stem}/{path.as_posix()}")
    return str(stem) + ".tar.gz"


def _compiled(module: str) -> dict[str, bytes]:
    """Compile ``module`` with this host's compiler, as a setuptools build would."""
    target = module.replace(".", "/") + str(sysconfig.get_config_var("EXT_SUFFIX"))
    source = module.replace(".", "/") + ".c"
    compiler = shlex.split(str(sysconfig.get_config_var("CC") or "cl"))
    include = "-I" + sysconfig.get_path("include")
    subprocess.run([*compiler, "-shared", "-fPIC", include, source, "-o", target], check=True)
    return {target: Path(target).read_bytes()}


def _digest(content: bytes) -> str:
    return "sha256=" + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
