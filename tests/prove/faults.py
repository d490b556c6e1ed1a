"""A full disk, an I/O error, a right that is lost: ``python tests/prove/faults.py [--seed 1]``.

An example year is made. Then it is made again, whole, as often as the workbook's code has places
from which a run writes, makes a folder, renames or removes; each time one such place fails, at one
of its writes that the seed draws, in whatever process it happens. The run must end in one line with
status 2 (or, where it can do without that file, as ever), and what was there must be untouched; the
next run starts from what this one left, and the last, in which nothing fails, must give the same
bytes. What pyarrow itself opens, a table's file, is not seen; the making of its folder is.
"""

import argparse
import errno
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from conflict_minerals.store import manifest

YEAR = 2024
FAULTS = (errno.ENOSPC, errno.EIO, errno.EACCES)
SHIM = Path(__file__).parent / "failing"


def main(seed: int = 1) -> bool:
    """Print a line a fault; true when every one was survived."""
    survived, dice = 0, random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "year"
        outputs = place / "outputs" / str(YEAR)
        assert run(place).returncode == 0
        first = manifest.read(outputs)
        counted = run(place, "nowhere")
        assert counted.returncode == 0, counted.stdout + counted.stderr
        writes = Counter(seen(place))
        for number, (where, count) in enumerate(writes.items()):
            at, fault = dice.randint(1, count), FAULTS[number % len(FAULTS)]
            ended = run(place, where, at, fault)
            last = ended.stdout.splitlines()[-1] if ended.stdout else ""
            told = last.startswith({2: "ERROR", 0: "READY"}.get(ended.returncode, "?"))
            said = [word for word, holds in (
                ("NOT REACHED", seen(place).count(where) >= at),
                ("NOT TOLD", told and "Traceback" not in ended.stdout + ended.stderr),
                ("NOT WHOLE", not manifest.changed(outputs, first))) if not holds]
            survived += not said
            print(f"{where}, {at} of {count}, {errno.errorcode[fault]}: "
                  f"{', '.join(said) or 'survived'}: {last[:100]}", flush=True)
        again = run(place)
        mended = again.returncode == 0 and not manifest.differ(first, manifest.read(outputs))
        left = [path.name for path in outputs.parent.iterdir()
                if path.name.endswith((".new", ".old"))]
    survived *= mended and not left
    print(f"faults: {survived} of {len(writes)} survived (all wanted), one at each place that "
          f"writes, {sum(writes.values())} writes; the next whole run "
          f"{'gave the same bytes' if mended else 'DID NOT MEND IT'}{' LEFT: ' * bool(left)}"
          f"{' '.join(left)}")
    return survived == len(writes)


def run(place: Path, where: str = "", at: int = 0, fault: int = 0) -> subprocess.CompletedProcess:
    """Make the year whole; that write of those made from there fails."""
    (place.parent / "seen").unlink(missing_ok=True)
    failing = {"FAULT_AT": where, "FAULT_NTH": str(at), "FAULT_AS": str(fault),
               "FAULT_BELOW": str(place) + os.sep, "FAULT_SEEN": str(place.parent / "seen"),
               "PYTHONPATH": str(SHIM)}
    return subprocess.run(
        [sys.executable, "-m", "helpers", "report", "--year", str(YEAR), "--all"],
        capture_output=True, text=True,
        env={**os.environ, "HELPERS_SANDBOX": str(place), **(failing if where else {})},
    )  # fmt: skip


def seen(place: Path) -> list[str]:
    """From where the last run wrote, a line a write."""
    path = place.parent / "seen"
    return path.read_text().splitlines() if path.exists() else []


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(0 if main(parser.parse_args().seed) else 1)
