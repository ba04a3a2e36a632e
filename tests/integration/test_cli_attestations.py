"""What an index says of who published a file, at the command line: locked, bundled, shown, compared, and built again from the lock alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bundler.model.lock_file import load_lock
from tests.support.attestations import GITHUB, WORDS, make_provenance
from tests.support.packages import make_sdist, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.commandline import Bench


def publish(bench: Bench, version: str, *publishers: Any) -> Path:
    wheel = make_wheel(bench.published, "alpha", version, requires=["beta"])
    bench.index.add(wheel, provenance=make_provenance(wheel, *publishers) if publishers else None)
    return wheel


def test_who_published_a_package(bench: Bench, tmp_path: Path) -> None:
    publish(bench, "1.5", GITHUB)
    bench.index.add(make_sdist(bench.published, "alpha", "1.5"))
    publish(bench, "2.0", GITHUB)
    pip = make_wheel(bench.published, "pip", "24.0")
    bench.index.add(pip, provenance=make_provenance(pip, GITHUB))
    bench.write(requirements=["alpha<2"])
    built = bench.build()
    assert built.code == 0, built.err
    (package,) = (each for each in load_lock(bench.lock).packages if each.name == "alpha")
    assert package.attested is not None
    first, bytes_before = bench.lock.read_bytes(), bench.bundle.read_bytes()

    done = bench.run("inspect", bench.bundle, "--json")
    (line,) = (each for each in done.json["packages"] if each["name"] == "alpha")
    assert (line["published_by"], line["attestation"]) == (WORDS, "attestations/alpha-1.5.json")
    (seed,) = done.json["seeds"]
    assert (seed["published_by"], seed["attestation"]) == (WORDS, "attestations/pip-24.0.json")
    assert bench.run("inspect", bench.bundle).out.count(WORDS) == 2
    assert bench.run("inspect", bench.bundle, "--html", bench.folder / "page.html").code == 0
    assert WORDS in (bench.folder / "page.html").read_text(encoding="utf-8")
    assert WORDS in bench.run("inspect", bench.bundle, "--sbom", "1.6").out

    why = bench.run("why", "alpha", bench.bundle)
    assert "    2.0: packages.requirements[0] wants alpha<2" in why.out.splitlines(), why.out
    assert "      alpha-1.5.tar.gz" in why.out.splitlines()
    reasons = bench.run("why", "alpha", bench.bundle, "--json").json["reasons"]
    assert reasons[0]["rejected"][0]["newest"] == "2.0"

    # another store has the document fetched from the lock's address, and gives the same bytes
    bench.bundle.unlink()
    again = bench.build("--locked", "--store", str(tmp_path / "another"))
    assert again.code == 0, again.err
    assert bench.bundle.read_bytes() == bytes_before

    made = bench.run("reproduce", bench.bundle, "--json")
    assert made.code == 0, made.err
    assert not [each["file"] for each in made.json["taken"] if each["file"].endswith(".json")]

    # what the index got since changes no lock, also of packages of which there was nothing to say
    for name in ("alpha", "beta"):
        bench.index.add(make_wheel(bench.published, name, "3.0"))
    done = bench.run("lock", bench.recipe, "--refresh")
    assert done.code == 0, done.err
    assert bench.lock.read_bytes() == first


def test_a_publisher_that_changed(bench: Bench) -> None:
    publish(bench, "1.5", GITHUB)
    assert bench.run("lock", bench.recipe).code == 0
    before = bench.folder / "pylock.before.toml"
    before.write_bytes(bench.lock.read_bytes())
    publish(bench, "1.6", GITHUB | {"repository": "stranger/demo"})
    done = bench.run("lock", bench.recipe, "--upgrade")
    assert done.code == 0, done.err
    assert "[publisher-changed]" in done.err
    assert "alpha 1.6 was published by GitHub stranger/demo (release.yml)" in done.err
    assert "[publisher-changed]" not in bench.run("lock", bench.recipe).err
    shown = bench.run("diff", before, bench.lock).out
    assert "published-by GitHub example/demo" in " ".join(shown.split())


def test_licences_that_a_recipe_names(bench: Bench) -> None:
    bench.write(more='[acceptance]\nlicenses = ["MIT"]')
    done = bench.build()
    assert (done.code, done.reference) == (3, "licence-refused"), done.err
    assert not bench.bundle.exists()
    bench.write(more='[acceptance]\nlicenses = ["MIT"]\nunstated-licenses = "warn"\nother-licenses = "warn"')
    done = bench.build()
    assert done.code == 0, done.err
    assert "[licence-not-allowed]" in done.err
