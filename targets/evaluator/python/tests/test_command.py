"""The wheel brings the command line."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

COMMAND = Path(sysconfig.get_path("scripts")) / "farthing"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, check=False)


def test_it_checks_and_compiles(file: Path, tmp_path: Path) -> None:
    ran = run("check", os.fspath(file))
    assert ran.returncode == 0 and "2 services" in ran.stdout, ran
    ran = run("compile", os.fspath(file), "--target", "plan", "-o", os.fspath(tmp_path / "out"))
    assert ran.returncode == 0 and (tmp_path / "out" / "plan.json").is_file(), ran


def test_its_exit_codes_are_those_of_the_binary(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.slo"
    wrong.write_text("service {")
    ran = run("check", os.fspath(wrong))
    assert ran.returncode == 1 and "wrong.slo:1" in ran.stderr, ran
    assert run("chekc").returncode == 2
    assert run("--version").stdout.startswith("farthing ")
    ran = subprocess.run([sys.executable, "-m", "farthing", "--help"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "Usage: farthing" in ran.stdout, ran
