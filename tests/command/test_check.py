"""One supplier's file without a year: what it is, what is wrong, and a letter about it."""

from datetime import date

import pytest

import makebook
from conflict_minerals.command.onefile import check
from conflict_minerals.ground.errors import InputError

DAY = date(2026, 2, 1)
KNOWN = [("Gold", "Aurelia", "Aurelia", "SWITZERLAND", "CID900001")]
ROW = {"metal": "Gold", "country": "SWITZERLAND", "source": "EX", "recycled": "No"}


def test_a_file_is_told_judged_and_answered_without_a_year(tmp_path):
    file = tmp_path / "answer.xlsx"
    file.write_bytes(makebook.book(makebook.template(
        "CMRT", "6.4", answers={("1", "Gold"): "Yes", ("2", "Gold"): "Yes"}, lookup=KNOWN,
        smelters=[ROW | {"lookup": "Aurelia", "name": "Aurelia", "id": "CID900001"},
                  ROW | {"name": "Nobody, Ltd."}],
        fields={"company_name": "Parts, \"Inc.\"", "effective_date": 46030})))
    lines, files = check(file, 2025, DAY)
    said = "\n".join(lines)
    assert files["company_name"].tolist() == ['Parts, "Inc."']
    assert "verdict: rejected: Fewer than half" in said
    assert "CMRT 6.4" in said and "declares for" not in said
    assert "Gold: 2 rows, 1 facility known" in said and "row 6 Nobody, Ltd." in said
    assert "Letter (corrections)" in said


def test_what_is_no_answer_gets_its_own_letter_and_what_is_not_there_a_word(tmp_path):
    file = tmp_path / "answer.pdf"
    file.write_bytes(b"%PDF-1.4\n")
    lines, files = check(file, 2025, DAY)
    assert not files["counted"].any() and "Letter (unusable)" in "\n".join(lines)
    with pytest.raises(InputError, match="no such file"):
        check(tmp_path / "gone.xlsx", 2025, DAY)
