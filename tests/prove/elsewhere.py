"""Other Pythons, locales, time zones, file orders, hash seeds and umasks give the same bytes.

``python tests/prove/elsewhere.py [--years 2018 2024 2025]`` makes an environment of
``requirements.lock`` for each interpreter that the machine has, runs the example years in it and
compares every output with the first. Manifest and front door differ by the versions that they
record, and by nothing else. Each file of a folder is given in another order each time
(``shuffled/sitecustomize.py``); what is written is open to no more users than the umask says.
"""

import argparse
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from conflict_minerals.store import manifest

ROOT = Path(__file__).parents[2]
SHUFFLED = Path(__file__).parent / "shuffled"
PLACES = (
    ("python3.11", "C.UTF-8", "UTC", "random", 0o022),
    ("python3.11", "C", "America/Los_Angeles", "1", 0o000),
    ("python3.12", "C", "Asia/Tokyo", "7", 0o077),
    ("python3.13", "C", "Europe/Berlin", "42", 0o077),
)


def main(years: list[int]) -> bool:
    """Print a line a place and year; true when all that could be tried gave the same bytes."""
    first: dict[int, dict] = {}
    same = True
    with tempfile.TemporaryDirectory() as name:
        for number, (python, locale, zone, seed, mask) in enumerate(PLACES):
            place = f"{python} | {locale} | {zone} | {seed} | {mask:03o}"
            if not _is_here(python):
                print(f"{place} | this machine has no {python}")
                continue
            settings = {"LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": seed}
            for year in years:
                outputs = _made(Path(name), number, python, year, settings, mask)
                made = manifest.read(outputs)
                first.setdefault(year, made)
                differ = manifest.differ(first[year], made)
                closed = [path for path in outputs.rglob("*")
                          if stat.S_IMODE(path.stat().st_mode) & mask]  # fmt: skip
                same = same and not differ and not closed
                print(f"{place} | {year} | {len(made['outputs'])} outputs, {len(differ)} differ, "
                      f"{len(closed)} more open than the umask", flush=True)  # fmt: skip
    return same


def _is_here(python: str) -> bool:
    """Whether the name leads to an interpreter; that of a version manager may lead nowhere."""
    return bool(shutil.which(python)) and not subprocess.run(
        [python, "-c", ""], capture_output=True).returncode


def _made(folder: Path, number: int, python: str, year: int, settings: dict, mask: int) -> Path:
    venv, kept = folder / python, folder / str(number)
    run = venv / "bin" / "python"
    if not venv.exists():
        subprocess.run([python, "-m", "venv", venv], check=True)
        pip = [run, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements.lock"], check=True)
        subprocess.run([*pip, "--no-deps", "-e", ROOT], check=True)
    subprocess.run(
        [run, "-m", "helpers", "report", "--year", str(year)], check=True, umask=mask,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HELPERS_CACHE": str(kept / "cache"),
             "HELPERS_SANDBOX": str(kept), "PYTHONPATH": str(SHUFFLED), **settings},
    )  # fmt: skip
    return kept / "outputs" / str(year)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, nargs="+", default=[2018, 2024, 2025])
    sys.exit(0 if main(parser.parse_args().years) else 1)
