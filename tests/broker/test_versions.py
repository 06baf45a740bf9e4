"""What runs the table on other versions of Mosquitto can start them, and says when it cannot. Needs no network."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from broker.launcher import find_program
from tests.broker.versions import link_libraries, version

_STRANGER = "#!/bin/sh\necho 'libfoo.so.1: cannot open shared object file' >&2\nexit 127\n"


def test_the_installed_one_says_its_version() -> None:
    if (program := find_program()) is None:
        pytest.skip("apt-get install mosquitto")
    assert version(Path(program)).startswith("mosquitto version 2.")


def test_one_that_does_not_start_is_told_and_what_to_do(tmp_path: Path) -> None:
    program = tmp_path / "mosquitto"
    program.write_text(_STRANGER)
    program.chmod(0o755)
    with pytest.raises(SystemExit, match=f"libfoo.so.1: cannot open.*\nremove {tmp_path} and run"):
        version(program)


def test_a_library_is_found_by_the_name_that_programs_ask_for(tmp_path: Path) -> None:
    """As libpicohttpparser1 comes, which Mosquitto 2.1 needs: the file alone, without a link to it."""
    folder = tmp_path / "usr/lib/x86_64-linux-gnu"
    folder.mkdir(parents=True)
    library = folder / "libfoo.so.1.2"
    argv = ["cc", "-shared", "-Wl,-soname,libfoo.so.1", "-x", "c", "/dev/null", "-o", str(library)]
    subprocess.run(argv, check=True)
    assert not (folder / "libfoo.so.1").exists()
    link_libraries(tmp_path)
    assert (folder / "libfoo.so.1").resolve() == library
