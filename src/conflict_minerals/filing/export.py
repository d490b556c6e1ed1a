"""The year's folder of outputs: tables, documents, evidence; then sealed by a manifest."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import pandas as pd

from conflict_minerals.filing.evidence import front_door, sheets
from conflict_minerals.filing.later import Content, Later, together
from conflict_minerals.ground import tables
from conflict_minerals.ground.csvfiles import csv_parts
from conflict_minerals.ground.stages import STAGED
from conflict_minerals.store import chain, manifest, yearfolders


def table_files(frames: dict[str, pd.DataFrame]) -> Later:
    """``tables/<name>.csv`` of each table; those that no notebook saved are shaped and checked."""
    saved = {name for step in chain.steps()[:-1] for name in step.writes}
    shaped = {f"tables/{name}.csv": frame if name in saved or not tables.names(name)
              else tables.shape(frame, name) for name, frame in sorted(frames.items())}
    return Later(shaped, lambda: ((path, csv_parts(one)) for path, one in shaped.items()))


def write(
    run,
    *,
    frames: dict[str, pd.DataFrame],
    files: Mapping[str, Content] | Later,
    front: dict,
    counted: dict[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Write the outputs of a run, replacing the folder whole, and give back ``file, bytes``.

    Args:
        frames: the tables of ``tables/*.csv`` and ``workbook.xlsx``; gates are added.
        files: everything else by its path in the outputs (documents, letters, pages).
        front: what ``front_door.front`` made.
        counted: the rows that figures count, by table, as far as they are known.

    Raises:
        InputError: an output was edited, the year is frozen, or another run holds it.
    """
    gates = pd.DataFrame(front["gates"], columns=STAGED, dtype="str")
    frames = {**frames, "gates": gates}
    figures = pd.DataFrame(front["figures"])
    about = [
        ("Title", f"Conflict minerals {run.year}: {front['registrant']}"),
        ("Review date", front["as_of"]),
        ("Digest of the inputs", front["digest"]),
    ]
    if stamp := front_door.stamp(front):
        about.insert(1, ("State", stamp))
    if front["illustration"]:
        about.append(("Illustration", front["illustration"]))
    made = together(
        table_files(frames),
        files,
        {"result.json": front_door.result(front)},
        Later(["evidence.xlsx"], lambda: [("evidence.xlsx", sheets.workbook(
            frames, figures, about=about, as_of=run.as_of, counted=counted))]),
    )
    front_door.save(front, run.processed)
    if run.staged:
        sizes = _fill(run.outputs, made)
    else:
        keep = run.folders
        with yearfolders.replacing(
            run.outputs,
            check=lambda: yearfolders.check_outputs(
                keep.outputs, keep.year, raw=keep.raw, hindsight=keep.hindsight),
        ) as (new,):
            sizes = _fill(new, made)
            seal(new, front, run.inputs.files, run.parameters)
    return pd.DataFrame(sorted(sizes), columns=["file", "bytes"])


def _fill(folder: Path, files: Later) -> list[tuple[str, int]]:
    """Write files one after the other; gives each with how many bytes it has."""
    sizes, folders = [], set()
    for file, data in files.items():
        parts = PurePosixPath(file).parts
        if not parts or ".." in parts or file.startswith("/") or "\\" in file:
            raise ValueError(f"{file!r} is no path within the outputs")
        path = folder.joinpath(*parts)
        if path.parent not in folders:
            path.parent.mkdir(parents=True, exist_ok=True)
            folders.add(path.parent)
        if isinstance(data, bytes) and yearfolders.stays(folder, file, data):
            sizes.append((file, len(data)))
            continue
        with path.open("xb") as out:  # no two parts may write the same file
            sizes.append((file, sum(map(out.write, [data] if isinstance(data, bytes) else data))))
    return sizes


def seal(outputs: Path, front: dict, files: pd.DataFrame, parameters: dict) -> None:
    """Write the manifest over all that lies there, then the front door over the manifest."""
    hashes = dict(zip(files["file"], files["sha256"], strict=True))
    data = manifest.build(
        outputs, year=front["year"], digest=front["digest"], inputs=hashes, parameters=parameters
    )
    (outputs / manifest.NAME).write_bytes(data)
    (outputs / manifest.INDEX).write_bytes(front_door.page(front, outputs))
