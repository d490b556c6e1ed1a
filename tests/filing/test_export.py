"""The outputs as they are written: one file after the other, and all of them or none."""

import pytest

from conflict_minerals.filing import export
from conflict_minerals.filing.later import Later, together
from conflict_minerals.store import manifest
from helpers import run, show
from small_year import EXPORT, FIGURE, write_inputs


@pytest.fixture
def written(tmp_path, monkeypatch):
    """A run whose outputs are written, with what it wrote: ``run, frames, files, front``."""
    monkeypatch.setenv(run.SANDBOX, str(tmp_path / "sandbox"))
    made = {"show": show, "run": run.start(
        "report-export", year=2018, raw=str(write_inputs(tmp_path / "2018")))}
    exec(EXPORT.format(figure=FIGURE, gates="[]"), made)
    return made


def write(written, files):
    return export.write(written["run"], frames=written["frames"], files=files,
                        front=written["front"])


def test_files_are_made_one_after_the_other_while_they_are_written(written):
    outputs, seen = written["run"].outputs, []

    def pages():
        for name in ("a", "b", "c"):
            there = outputs.parent.glob(f".{outputs.name}.new/review/*")
            seen.append(sorted(path.name for path in there))
            yield f"review/{name}", [b"in ", b"parts"]

    later = Later(["review/a", "review/b", "review/c"], pages)
    sizes = write(written, together(written["files"], later)).set_index("file")["bytes"]
    assert seen == [[], ["a"], ["a", "b"]]
    assert (outputs / "review" / "c").read_bytes() == b"in parts" and sizes["review/c"] == 8
    lying = {file: (outputs / file).stat().st_size for file in sizes.index}
    assert sizes.to_dict() == lying and list(sizes.index) == sorted(sizes.index)


def test_where_making_a_file_fails_the_outputs_stay_as_they_were(written):
    outputs = written["run"].outputs
    before = manifest.read(outputs)["outputs"]

    def pages():
        yield "review/a", b"one"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write(written, together(written["files"], Later(["review/a", "review/b"], pages)))
    assert manifest.changed(outputs, manifest.read(outputs)) == []
    assert manifest.read(outputs)["outputs"] == before
    assert [path.name for path in outputs.parent.iterdir() if path.is_dir()] == [outputs.name]


def test_a_file_that_two_parts_would_write_is_refused(written):
    outputs = written["run"].outputs
    before = manifest.read(outputs)["outputs"]
    with pytest.raises(FileExistsError):
        write(written, together(written["files"], {"review/a": b"one"}, {"review/a": b"two"}))
    assert manifest.read(outputs)["outputs"] == before
