"""The example years signed by every role on a copy: READY, and DRAFT nowhere in what is filed.

Run it by itself; `make prove` does.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from helpers import run

YEARS = (2018, 2024, 2025)
LOOKED_AT = ("index.html", "signing.txt", "result.json", "report", "review/report.html")


def command(base: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "helpers", *words], capture_output=True, text=True,
                          env={**os.environ, "HELPERS_DATA": str(base)})  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


def texts(path: Path):
    if not zipfile.is_zipfile(path):
        yield path.read_text(encoding="utf-8", errors="replace")
        return
    with zipfile.ZipFile(path) as word:
        yield from (word.read(part).decode("utf-8", "replace") for part in word.namelist())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="signed-") as folder:
        base = Path(folder)
        for year in YEARS:
            shutil.copytree(run.project_root() / "data" / "raw" / str(year),
                            base / "raw" / str(year))  # fmt: skip
            command(base, "report", "--year", str(year))
            for role in ("preparer", "counsel", "officer"):
                more = ("--conformed", "/s/ O. Ficer", "--authentication", "Safe, folder 12") \
                    if role == "officer" else ()
                command(base, "sign", "--year", str(year), "--role", role, "--name", role, *more)
            said = command(base, "report", "--year", str(year))
            assert said.startswith(f"READY {year}"), said
            outputs = base / "outputs" / str(year)
            paths = [path for one in LOOKED_AT for path in (
                sorted((outputs / one).glob("*")) if (outputs / one).is_dir() else [outputs / one])]
            assert len(paths) > len(LOOKED_AT)
            left = [path.name for path in paths if any("DRAFT" in text for text in texts(path))]
            assert not left, f"{year}: {left}"
            print(f"{said}; no DRAFT in {', '.join(path.name for path in paths)}", flush=True)


if __name__ == "__main__":
    main()
