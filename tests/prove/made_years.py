"""Made years, each bare in another way: ``python tests/prove/made_years.py [--times 10]``.

A hundred and thirty suppliers and more, since what holds their texts is made otherwise beyond 127;
any share of them answers, some with what cannot be read or twice; any lists. Each year runs to its
gates, and again after up to hundreds of decisions drawn at random, and verifies; every other year
with texts held as those of a large one are.
"""

import argparse
import csv
import os
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "bench"), str(ROOT / "tests")]

import scale  # noqa: E402

from changed_years import AS_IF_LARGE  # noqa: E402

LINE = "  - {{id: l{0}, file: lists/l{0}.csv, kind: {1}, scheme: RMAP, source: x, as_of: {2}}}\n"


def made(raw: Path, chance: random.Random) -> str:
    """Lay out a year; gives what is in it."""
    suppliers, rows = chance.choice([130, 170, 260, 320]), chance.choice([2, 5, 20])
    share = chance.choice([0, 0.02, 0.5, 0.9, 1])
    scale.lay_out(raw, suppliers, rows)
    for folder in sorted((raw / "cmrt").iterdir()):
        book, fate = folder / "CMRT.xlsx", chance.random()
        if chance.random() >= share:
            shutil.rmtree(folder)
        elif fate < 0.06:
            book.write_bytes(b"%PDF-1.4" if fate < 0.03 else book.read_bytes()[:5000])
        elif fate < 0.12:
            shutil.copy(book, folder / "CMRT again.xlsx")
    head, *lines = (raw / "lists" / "listed.csv").read_text("utf-8").splitlines()
    kinds = chance.sample(["conformant", "active", "retired"], chance.randint(0, 3))
    said = "".join(LINE.format(*line, "2025-03-31") for line in enumerate(kinds)) or "  []\n"
    (raw / "lists.yml").write_text(f"schema: 1\nlists:\n{said}", encoding="utf-8")
    for number in range(len(kinds)):
        part = chance.sample(lines, min(chance.choice([0, 3, 50, 1000]), len(lines)))
        (raw / "lists" / f"l{number}.csv").write_text("\n".join([head, *part, ""]), "utf-8")
    return f"{suppliers} suppliers, {rows} rows each, {share:.0%} answer, lists {kinds}"


def decided(raw: Path, tables: Path, chance: random.Random) -> int:
    """Decide on what the year's tables hold; gives on how much."""
    held = {}
    for name in ("suggestions", "facilities", "findings"):
        with (tables / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        held[name] = chance.sample(rows, min(chance.choice([0, 5, 300]), len(rows)))
    keys = [("match", row["decision_key"], ["none"]) for row in held["suggestions"]]
    for row in held["facilities"]:
        about = f"{row['metal']}|{row['smelter_id']}"
        keys += [("status", about, ["active", "conformant", "indeterminable"]),
                 ("risk", about, ["engage", "critical", "high", "trace"])]
    keys += [("finding", f"{row['file']}|{row['rule']}|{row['cell'] or '*'}",
              ["accepted", "dismissed"]) for row in held["findings"]]
    values = {(kind, key): chance.choice(values) for kind, key, values in keys}
    with (raw / "decisions.csv").open("a", encoding="utf-8", newline="") as file:
        write = csv.writer(file, lineterminator="\n")
        for number, ((kind, key), value) in enumerate(values.items(), 1):
            write.writerow([f"D-{number:04d}", kind, key, value, "Looked at", "Ann", "2025-04-01",
                            "", "", "", ""])
    return len(values)


def ended(data: Path, word: str, as_if_large: int) -> str:
    """The last line of a command."""
    started = ["-c", AS_IF_LARGE] if as_if_large else ["-m", "helpers"]
    done = subprocess.run(
        [sys.executable, *started, word, "--year", str(scale.YEAR)], text=True,
        env={**os.environ, "HELPERS_DATA": str(data), "HELPERS_CACHE": str(data / "cache")},
        capture_output=True)  # fmt: skip
    return (done.stdout.strip() or done.stderr.strip()).splitlines()[-1]


def main(times: int = 10, seed: int = 0) -> bool:
    """Print each year and how its commands ended; true when all came to their gates."""
    sound = 0
    for number in range(seed, seed + times):
        chance = random.Random(number)
        with tempfile.TemporaryDirectory() as name:
            data = Path(name)
            raw, tables = data / "raw" / str(scale.YEAR), data / "outputs" / str(scale.YEAR)
            print(f"{number:3}  {made(raw, chance)}", flush=True)
            large = number % 2
            lines = [ended(data, "report", large)]
            if (tables / "tables").is_dir():
                print(f"     then {decided(raw, tables / 'tables', chance)} decisions", flush=True)
                lines += [ended(data, word, large) for word in ("report", "verify")]
            print("".join(f"     {line}\n" for line in lines), end="", flush=True)
            sound += all(line.startswith(("READY", "DRAFT")) for line in lines)
    print(f"made years: {sound} of {times} came to their gates (all wanted)")
    return sound == times


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.exit(0 if main(given.times, given.seed) else 1)
