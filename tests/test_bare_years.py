"""A year of which little has come yet runs to its gates; `make prove` takes more away, of each."""

import pytest

from bare_years import ran


@pytest.mark.parametrize("without, as_if_large", [
    ("answers", True), ("anything but a roster", False), ("a roster", False)])
def test_a_year_of_which_little_has_come_runs_to_its_gates(tmp_path, without, as_if_large):
    said = ran(tmp_path, 2024, without, as_if_large)
    assert said.startswith("DRAFT 2024: gates are closed, each cause above")
