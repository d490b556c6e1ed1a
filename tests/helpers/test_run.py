"""What a notebook starts with: folders, dates, and tables that are of this very run."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from conflict_minerals.ground import tables
from conflict_minerals.ground.columns import is_coded, spelled, texts
from conflict_minerals.ground.errors import InputError
from conflict_minerals.store import manifest, yearfolders
from helpers import explore, run
from small_year import write_inputs


@pytest.fixture
def year(tmp_path, monkeypatch):
    """Folders of a year as keyword arguments of ``start``; the usual ones lie in a sandbox."""
    monkeypatch.setenv(run.SANDBOX, str(tmp_path / "sandbox"))
    return {"year": 2018, "raw": str(write_inputs(tmp_path / "2018"))}


def lookups(name: str) -> pd.DataFrame:
    """One row of a described table, with something in every text column."""
    described = tables.columns("lookups")
    blank = {"text": "x", "date": "2019-01-01", "int": 1, "bool": True, "number": 1.0}
    row = {c.column: (c.values.split(";")[0] or blank[c.type]) for c in described.itertuples()}
    first_text = next(c.column for c in described.itertuples() if c.type == "text" and not c.values)
    return pd.DataFrame([{**row, first_text: name}])


def test_the_project_is_found_from_anywhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run.project_root() == Path(__file__).parents[2]


def test_blank_parameters_mean_the_projects_folders(monkeypatch, tmp_path):
    monkeypatch.delenv(run.SANDBOX, raising=False)
    found = run.folders({"as_of": date(2019, 5, 15), "previous": None}, year=2099)
    root = run.project_root()
    assert found.raw == root / "data" / "raw" / "2099"
    assert found.processed == root / "data" / "processed" / "2099"
    assert found.outputs == root / "outputs" / "2099"
    assert found.as_of == date(2019, 5, 15) and not found.hindsight


def test_a_notebook_shows_what_a_user_can_mend_as_one_line(capsys):
    from IPython.core.interactiveshell import InteractiveShell

    InteractiveShell().run_cell(
        "from conflict_minerals.ground.errors import InputError\n"
        "raise InputError('is frozen', file='decisions.csv', fix='Decide in the next year')")
    said = capsys.readouterr().out.strip()
    assert said == "InputError: decisions.csv: is frozen. Decide in the next year"


def test_saved_tables_are_read_by_a_later_step(year):
    first = run.start("ingestion", **year)
    written = first.save(lookups=lookups("one"))
    assert written.to_dict("records") == [
        {"table": "lookups", "rows": 1, "columns": len(tables.columns("lookups"))}
    ]
    assert first.read("lookups").shape[0] == 1
    assert run.start("smelter-status", **year).read("lookups").shape[0] == 1


def test_a_long_table_read_by_its_columns_is_small_says_the_same_and_is_saved_the_same(
    year, tmp_path, monkeypatch
):
    many = pd.concat([lookups(name) for name in ("b", "Ä", "z, z", "a", *map(str, range(20)))] * 3)
    step = run.start("ingestion", **year)
    step.save(lookups=many.assign(row=range(len(many))))
    whole, short = step.read("lookups"), step.read("lookups", tables.names("lookups"))
    pd.testing.assert_frame_equal(short, whole)  # of few rows: its texts can be added
    monkeypatch.setattr(tables, "FEW", len(whole) - 1)
    small = step.read("lookups", tables.names("lookups"))
    coded = [name for name in small if is_coded(small[name])]
    assert set(coded) == {name for name in whole if whole[name].dtype == "str"}
    pd.testing.assert_frame_equal(spelled(small), whole)
    for name in coded:
        assert texts(small[name].sort_values()) == texts(whole[name].sort_values())
    tables.write(small, "lookups", tmp_path)
    saved = Path(year["raw"]).parent / "sandbox" / "data" / "processed" / "2018"
    assert (tmp_path / "lookups.parquet").read_bytes() == (saved / "lookups.parquet").read_bytes()


def test_a_table_that_is_not_there_names_the_notebook_to_run(year):
    with pytest.raises(InputError, match="Run notebook 1-ingestion.ipynb first"):
        run.start("smelter-status", **year).read("lookups")


def _saved(year):
    run.start("ingestion", **year).save(lookups=lookups("one"))


def test_changed_inputs_make_a_table_stale_and_are_named(year):
    _saved(year)
    (Path(year["raw"]) / "cmrt" / "a" / "t.xlsx").write_bytes(b"other")
    (Path(year["raw"]) / "lists" / "more.csv").write_text("x")
    with pytest.raises(InputError, match="stale: cmrt/, lists/ changed since.*1-ingestion"):
        run.start("smelter-status", **year).read("lookups")


def test_a_signature_makes_nothing_stale(year):
    _saved(year)
    (Path(year["raw"]) / "signoff.csv").write_text("role,name,signed_on,digest\n")
    assert len(run.start("smelter-status", **year).read("lookups")) == 1


def test_a_table_changed_by_hand_is_not_read(year):
    _saved(year)
    folder = run.start("smelter-status", **year).processed
    tables.write(lookups("two"), "lookups", folder)
    with pytest.raises(InputError, match="not as the notebook left it"):
        run.start("smelter-status", **year).read("lookups")


def test_an_earlier_step_that_ran_again_makes_later_tables_stale(year):
    _saved(year)
    later = run.start("smelter-status", **year)
    empty = pd.DataFrame(columns=tables.columns("facilities")["column"])
    later.save(facilities=empty)
    run.start("ingestion", **year).save(lookups=lookups("two"))
    with pytest.raises(InputError, match="ingestion ran again since.*2-smelter-status"):
        run.start("geographic-risk", **year).read("facilities")


def test_the_chain_says_who_reads_and_writes_what(year):
    started = run.start("report-export", **year)
    with pytest.raises(ValueError, match="writes lookups"):
        started.save(lookups=lookups("one"))
    with pytest.raises(ValueError, match="reads lookups"):
        started.read("lookups")


def test_another_review_date_needs_folders_of_its_own(year, tmp_path):
    with pytest.raises(InputError, match="--outputs"):
        run.start("ingestion", **year, as_of="2022-12-31")
    usual = run.start("ingestion", **year)
    with pytest.raises(InputError, match="--outputs"):
        run.start("ingestion", **year, as_of="2022-12-31", outputs=str(usual.outputs))
    with pytest.raises(InputError, match="another review date"):
        run.start(
            "ingestion", **year, as_of="2022-12-31", outputs=str(tmp_path / "o"),
            processed=str(usual.processed),
        )  # fmt: skip
    later = run.start("ingestion", **year, as_of="2022-12-31", outputs=str(tmp_path / "o"))
    assert later.folders.hindsight and later.as_of == date(2022, 12, 31)
    assert later.processed not in (usual.processed, later.outputs)
    assert "hindsight" in repr(later.heading())


def test_the_same_review_date_written_out_is_no_hindsight(year):
    assert not run.start("ingestion", **year, as_of="15 May 2019").folders.hindsight


def test_tables_of_another_review_date_are_not_read(year, tmp_path):
    places = {"outputs": str(tmp_path / "o"), "processed": str(tmp_path / "p")}
    run.start("ingestion", **year, **places, as_of="2022-12-31").save(lookups=lookups("one"))
    with pytest.raises(InputError, match="another as of"):
        run.start("smelter-status", **year, **places).read("lookups")


@pytest.mark.parametrize(
    "wrong, said",
    [
        ({"year": "2018"}, "not a reporting year"),
        ({"year": True}, "not a reporting year"),
        ({"year": 2017}, "the run is for 2017"),
        ({"as_of": "05/06/2019"}, "only one way"),
        ({"outputs": 5}, "not the path"),
        ({"against": "nowhere"}, "no finished outputs in nowhere/"),
        ({"raw": "/nonexistent/2018"}, "make year YEAR=2018"),
    ],
)
def test_wrong_parameters_are_refused(year, wrong, said):
    with pytest.raises(InputError) as caught:
        run.start("ingestion", **{**year, **wrong})
    assert said in str(caught.value)


def test_folders_within_one_another_are_refused(year):
    with pytest.raises(InputError, match="outputs lies in raw"):
        run.start("ingestion", **year, outputs=f"{year['raw']}/out")


def test_an_unknown_step_is_refused(year):
    with pytest.raises(InputError, match="Known are ingestion"):
        run.start("reading", **year)


def test_a_frozen_year_is_not_started_again(year):
    outputs = run.start("ingestion", **year).outputs
    outputs.mkdir(parents=True)
    (outputs / manifest.NAME).write_text("{}")
    yearfolders.freeze(outputs, "2019-05-31")
    with pytest.raises(InputError, match="frozen since 2019-05-31"):
        run.start("ingestion", **year)


@pytest.mark.parametrize(
    "name, value", [("WORKERS", "none"), ("WORKERS", "0"), ("ENGINE", "spark")]
)
def test_workers_and_engine_are_checked(year, monkeypatch, name, value):
    monkeypatch.setenv(f"HELPERS_{name}", value)
    with pytest.raises(InputError, match=f"--{name.lower()}"):
        run.start("ingestion", **year)


def test_facilities_are_counted_by_status_and_by_nothing_else_that_the_year_has_words_for(
    example_2024, sandbox, monkeypatch
):
    monkeypatch.setenv(run.SANDBOX, str(sandbox))
    step = run.start("report-export", year=2024)
    told = explore.by(step, step.read("explore").assign(tier=""), "supplier")
    assert list(told.columns[-3:]) == ["Conformant", "Active", "Not on the lists"]
