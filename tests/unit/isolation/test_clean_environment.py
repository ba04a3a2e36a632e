"""Which variables of this host a build sees."""

from __future__ import annotations

import pytest

from bundler.isolation.clean_environment import clean_variables, proxies_of


@pytest.mark.parametrize(
    "name",
    [
        "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_CERT", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "UV_INDEX_X_PASSWORD", "NETRC", "TWINE_PASSWORD",
        "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "GOOGLE_APPLICATION_CREDENTIALS", "AZURE_CLIENT_SECRET", "KUBECONFIG",
        "GITHUB_TOKEN", "CI_JOB_TOKEN", "DOCKER_HOST", "SSH_AUTH_SOCK", "GPG_AGENT_INFO", "GIT_ASKPASS", "SSH_ASKPASS", "KRB5CCNAME",
        "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "DISPLAY", "DATABASE_URL", "TOKEN", "MY_PASSWORD", "API_KEY", "SECRET",
        "HTTPS_PROXY", "http_proxy", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "LD_PRELOAD", "CFLAGS", "CC", "BASH_ENV", "ENV",
    ],
)  # fmt: skip
def test_a_build_does_not_see(name: str) -> None:
    assert name not in clean_variables({name: "x"})
    assert name.lower() not in clean_variables({name.lower(): "x"})


@pytest.mark.parametrize(
    "name",
    ["PATH", "HOME", "SystemRoot", "TEMP", "ProgramFiles(x86)", "COMSPEC", "SETUPTOOLS_SCM_PRETEND_VERSION_FOR_A", "LD_LIBRARY_PATH"],
)  # fmt: skip
def test_a_build_sees(name: str) -> None:
    assert clean_variables({name: "x"})[name] == "x"


def test_a_build_never_reaches_an_index() -> None:
    seen = clean_variables({"PIP_NO_INDEX": "0", "PIP_CONFIG_FILE": "/etc/pip.conf"})
    assert seen["PIP_NO_INDEX"] == "1"
    assert seen["PIP_CONFIG_FILE"] != "/etc/pip.conf"


def test_proxies_without_their_passwords() -> None:
    given = {
        "HTTPS_PROXY": "http://proxy:3128",
        "http_proxy": "http://me:secret@proxy",
        "NO_PROXY": "inside",
        "TOKEN": "x",
    }
    assert proxies_of(given) == {"HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": "inside"}
