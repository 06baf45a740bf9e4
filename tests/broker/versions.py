"""`python -m tests.broker.versions`: the table of rights on every Mosquitto that Debian has, beside the one installed.

For each suite the packages are fetched with apt, unpacked into a cache of ours and run from there with the C library
that they were built for; nothing is installed. Twice each: with the plugin as it is built here, and built against the
suite's own headers. `MOSQUITTO=/path/to/mosquitto make test ARGS=tests/broker` runs any other one.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

SUITES = ("trixie", "sid")
TESTS = ("test_table.py", "test_connect.py", "test_refusals.py", "test_live.py", "model")
_PACKAGES = ("mosquitto", "mosquitto-dev", "libmosquitto-dev")
_MIRROR = "http://deb.debian.org/debian"
_KEYS = "/usr/share/keyrings/debian-archive-keyring.gpg"
_HERE = Path(__file__).parent


def main() -> int:
    """The exit status: 0 when every version passed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.broker.versions", description="The table on every Mosquitto."
    )
    parser.add_argument("suites", nargs="*", default=SUITES, help="of Debian")
    failed = 0
    for suite in parser.parse_args().suites:
        root = fetched(suite, user_cache_path("xasup") / "mosquitto" / suite)
        program = root.parent / "mosquitto"
        print(f"{suite}: {version(program)}", flush=True)
        failed += _tested(program, {})
        flags = f"-I{root}/usr/include -Wno-error=cpp"  # 2.1 warns of the names that 2.0 has for its headers
        failed += _tested(program, {"PLUGIN_BUILD": str(root.parent), "CPPFLAGS": flags})
    return int(failed > 0)


def fetched(suite: str, folder: Path) -> Path:
    """The suite's Mosquitto and what it needs, unpacked; beside it `mosquitto`, which runs it."""
    root = folder / "root"
    if (folder / "mosquitto").exists():
        return root
    for path in ("lists/partial", "cache/archives/partial", "root"):
        (folder / path).mkdir(parents=True, exist_ok=True)
    (folder / "sources").write_text(f"deb [signed-by={_KEYS}] {_MIRROR} {suite} main\n")
    (folder / "status").touch()
    _apt(folder, "update")
    _apt(folder, "install", "--download-only", "-y", "--no-install-recommends", *_PACKAGES)
    for package in sorted((folder / "cache/archives").glob("*.deb")):
        subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True)
    link_libraries(root)
    _write_program(folder / "mosquitto", root)
    return root


def link_libraries(root: Path) -> None:
    """Make the links by which programs find libraries: some packages leave that to their installation."""
    folders = sorted({path.parent for path in root.rglob("lib*.so.*")})
    subprocess.run(["/sbin/ldconfig", "-n", *map(str, folders)], check=True)


def version(program: Path) -> str:
    """As it says itself. SystemExit: it does not start; remove its folder, and it is fetched anew."""
    done = subprocess.run([str(program), "-h"], capture_output=True, text=True)
    if not done.stdout.startswith("mosquitto version"):
        raise SystemExit(f"{program} does not start: {done.stderr.strip()}\nremove {program.parent} and run this again")
    return done.stdout.partition("\n")[0]


def _apt(folder: Path, *words: str) -> None:
    places = {
        "Dir::Etc::sourcelist": "sources",
        "Dir::State::lists": "lists",
        "Dir::State::status": "status",
        "Dir::Cache": "cache",
    }
    options = [f"-o{name}={folder / place}" for name, place in places.items()]
    options += ["-oDir::Etc::sourceparts=/dev/null", "-oAPT::Sandbox::User=root"]
    subprocess.run(["apt-get", "-qq", *options, *words], check=True)


def _write_program(path: Path, root: Path) -> None:
    """Its own loader and C library; LMDB, which the plugin needs, is this machine's."""
    [loader] = [*root.glob("usr/lib/*/ld-linux-*.so.*"), *root.glob("lib/*/ld-linux-*.so.*")][:1]
    libraries = ":".join(
        map(str, [loader.parent, root / "usr/lib" / loader.parent.name, Path("/usr/lib") / loader.parent.name])
    )
    program = root / "usr/sbin/mosquitto"
    path.write_text(f'#!/bin/sh\nexec {loader} --library-path {libraries} {program} "$@"\n')
    path.chmod(0o755)


def _tested(program: Path, more: dict[str, str]) -> bool:
    argv = [sys.executable, "-m", "pytest", "-q", *(str(_HERE / test) for test in TESTS)]
    print("built against its own headers" if more else "as built here", flush=True)
    return subprocess.run(argv, env={**os.environ, **more, "MOSQUITTO": str(program)}).returncode != 0


if __name__ == "__main__":
    sys.exit(main())
