"""Other Pythons, locales, time zones and hash seeds give the same bytes.

Makes an environment of ``requirements.lock`` for each interpreter that the machine has, runs an
example year in it and compares every output with the first. Manifest and front door differ by the
versions that they record, and by nothing else.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from conflict_minerals.store import manifest

ROOT = Path(__file__).parents[2]
PLACES = (
    ("python3.11", "C.UTF-8", "UTC", "random"),
    ("python3.11", "C", "America/Los_Angeles", "1"),
    ("python3.12", "C", "Asia/Tokyo", "7"),
    ("python3.13", "C", "Europe/Berlin", "42"),
)


def main(year: int = 2024) -> bool:
    """Print a line a place; true when all that could be tried gave the same bytes."""
    first, same = None, True
    with tempfile.TemporaryDirectory() as name:
        for number, (python, locale, zone, seed) in enumerate(PLACES):
            place = f"{python}, {locale}, {zone}, seed {seed}"
            if not shutil.which(python):
                print(f"{place}: this machine has no {python}")
                continue
            made = _made(Path(name), number, python, year,
                         {"LC_ALL": locale, "TZ": zone, "PYTHONHASHSEED": seed})  # fmt: skip
            first = first or made
            differ = manifest.differ(first, made)
            same = same and not differ
            print(f"{place}: {len(made['outputs'])} outputs, {len(differ)} differ", flush=True)
    return same


def _made(folder: Path, number: int, python: str, year: int, settings: dict) -> dict:
    venv, kept = folder / python, folder / str(number)
    run = venv / "bin" / "python"
    if not venv.exists():
        subprocess.run([python, "-m", "venv", venv], check=True)
        pip = [run, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "--require-hashes", "-r", ROOT / "requirements.lock"], check=True)
        subprocess.run([*pip, "--no-deps", "-e", ROOT], check=True)
    subprocess.run(
        [run, "-m", "helpers", "report", "--year", str(year)], check=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={"PATH": os.environ["PATH"], "HELPERS_CACHE": str(kept / "cache"),
             "HELPERS_SANDBOX": str(kept), **settings},
    )  # fmt: skip
    return manifest.read(kept / "outputs" / str(year))


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
