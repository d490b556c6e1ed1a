"""A full disk, an I/O error, a right that is lost: ``python tests/prove/faults.py [--points 24]``.

An example year is made. Then it is made again, whole, and one of its writes fails: the first in one
round, the last in another, and others between, in whatever process they happen. Each time the run
must end in one line with status 2 (or, where it can do without that file, as ever), what was there
must be untouched, and the next run must give the same bytes.
"""

import argparse
import errno
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from conflict_minerals.store import manifest

YEAR = 2024
FAULTS = (errno.ENOSPC, errno.EIO, errno.EACCES)
SHIM = Path(__file__).parent / "failing"


def main(points: int = 24) -> bool:
    """Print a line a fault; true when every one was survived."""
    survived = 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "year"
        outputs = place / "outputs" / str(YEAR)
        assert run(place).returncode == 0
        first = manifest.read(outputs)
        counted = run(place, at=-1)
        assert counted.returncode == 0, counted.stdout + counted.stderr
        writes = (place.parent / "count").stat().st_size
        for number in range(points):
            at = 1 + number * (writes - 1) // max(points - 1, 1)
            fault = FAULTS[number % len(FAULTS)]
            ended = run(place, at, fault)
            last = ended.stdout.splitlines()[-1] if ended.stdout else ""
            told = last.startswith({2: "ERROR", 0: "READY"}.get(ended.returncode, "?"))
            told = told and "Traceback" not in ended.stdout + ended.stderr
            whole = not manifest.changed(outputs, first)
            again = run(place)
            mended = again.returncode == 0 and not manifest.differ(first, manifest.read(outputs))
            survived += told and whole and mended
            said = [word for word, holds in (("NOT TOLD", told), ("NOT WHOLE", whole),
                                             ("NOT MENDED", mended)) if not holds]  # fmt: skip
            print(f"write {at} of {writes}, {errno.errorcode[fault]}: "
                  f"{', '.join(said) or 'survived'}: {last[:100]}", flush=True)  # fmt: skip
    print(f"faults: {survived} of {points} survived (all wanted)")
    return survived == points


def run(place: Path, at: int = 0, fault: int = 0) -> subprocess.CompletedProcess:
    """Make the year whole; the write of that number fails."""
    (place.parent / "count").unlink(missing_ok=True)
    failing = {"FAULT_AT": str(at), "FAULT_AS": str(fault), "FAULT_BELOW": str(place) + os.sep,
               "FAULT_COUNT": str(place.parent / "count"), "PYTHONPATH": str(SHIM)}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", str(YEAR), "--all"],
        capture_output=True, text=True,
        env={**os.environ, "HELPERS_SANDBOX": str(place), **(failing if at else {})},
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=24)
    sys.exit(0 if main(parser.parse_args().points) else 1)
