"""Sixty messages of every kind: each thing in them filed right or left with its reason."""

import os
from types import SimpleNamespace

import pandas as pd
import pytest

import made_mailbox
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import inbox_rows, inbox_waiting
from conflict_minerals.survey import file_in, put_aside

ROSTER = pd.DataFrame([(one, *told) for one, told in made_mailbox.SUPPLIERS.items()],
                      columns=["supplier_id", "supplier_name", "contact_email"])
INPUTS = SimpleNamespace(suppliers=ROSTER)


@pytest.fixture(scope="module")
def made():
    return made_mailbox.made()


def laid(mail, folder):
    (folder / "inbox").mkdir(parents=True)
    for name, data in mail.items():
        (folder / "inbox" / name).write_bytes(data)
    return folder


def sure(rows):
    found = rows[(rows["state"] == "answer") & (rows["supplier_id"] != "")]
    return dict(zip(found["id"], found["supplier_id"], strict=True))


def test_sixty_messages_are_filed_right_or_left_with_their_reason(made, tmp_path, monkeypatch):
    mail, fate = made
    assert len(mail) == 60
    raw = laid(mail, tmp_path)
    rows = inbox_rows(raw, ROSTER).set_index("name")
    assert set(rows.index) == set(fate), "every attachment is accounted for, and nothing else"
    for name, (state, told) in fate.items():
        row = rows.loc[name]
        assert row["state"] == state, (name, row.to_dict())
        if state == "answer":
            assert row["supplier_id"] == told and row["why"], (name, row.to_dict())
        else:
            assert row["reason"] and told in row["reason"], (name, row.to_dict())
    assert inbox_waiting(raw) == 60
    # Killed when half of it is filed, and asked for again.
    chosen, real, calls = sure(rows.reset_index()), os.replace, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 31:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(os, "replace", dies)
    with pytest.raises(KeyboardInterrupt):
        file_in(raw, INPUTS, chosen, rows=rows.reset_index(), on="2025-03-01")
    monkeypatch.setattr(os, "replace", real)
    file_in(raw, INPUTS, chosen, rows=rows.reset_index(), on="2025-03-01")
    filed = [path for path in (raw / "cmrt").rglob("*") if path.is_file()]
    assert len({path.read_bytes() for path in filed}) == len(filed)
    assert len(filed) == len(chosen) - 1, "one came twice"
    assert {path.parent.name for path in filed} == set(chosen.values())
    lines = (raw / "correspondence.csv").read_text().splitlines()[1:]
    assert len(lines) == len(filed) and len(set(lines)) == len(lines)
    assert {name for name, _ in fate.items() if "!" not in name} == {
        path.name for path in (raw / "inbox").rglob("*") if path.is_file()}, "no message is lost"
    # What holds nothing to file stays until somebody puts it aside.
    left = inbox_rows(raw, ROSTER)
    letter = left.loc[left["name"] == "42.eml", "id"].iloc[0]
    stranger = left.loc[left["name"] == "33.eml", "id"].iloc[0]
    with pytest.raises(InputError, match="holds an answer"):
        put_aside(raw, left, [letter, stranger])
    assert (raw / "inbox" / "42.eml").is_file(), "nothing is moved then"
    waits = inbox_waiting(raw)
    assert put_aside(raw, left, [letter]) == ["inbox/aside/42.eml"]
    assert inbox_waiting(raw) == waits - 1
    assert (raw / "inbox" / "aside" / "42.eml").read_bytes() == mail["42.eml"]
