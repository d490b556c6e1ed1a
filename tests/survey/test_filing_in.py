"""The inbox: what came is a row, what a person confirms is filed, and nothing is lost."""

import os
import shutil
from email.message import EmailMessage
from types import SimpleNamespace

import pandas as pd
import pytest

import makemsg
from conflict_minerals.ground.csvfiles import to_csv
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import inbox_content, inbox_rows
from conflict_minerals.survey import file_in, filing_in, note_sent
from declarations import Form
from makebook import pack

ROSTER = pd.DataFrame(
    [("acme", "Acme Parts GmbH", "ann@acme.example.com"),
     ("acme2", "Acme Motors GmbH", "bob@acme.example.com"),
     ("birch", "Birch Boards Ltd", "cy@birch.example.com"),
     ("cedar", "Cedar Cables Inc", "dee.cedar@gmail.com")],
    columns=["supplier_id", "supplier_name", "contact_email"])
INPUTS = SimpleNamespace(suppliers=ROSTER)


def answer(company, **fields):
    form = Form()
    form.fields |= {"company_name": company, **fields}
    return form.bytes()


def eml(sender, attachments, *, received="Mon, 03 Feb 2025 23:30:00 -0500", subject="答复 CMRT"):
    message = EmailMessage()
    message["From"], message["Subject"] = f"Ann <{sender}>", subject
    message["Date"] = "Sat, 01 Feb 2025 10:00:00 +0000"
    if received:
        message["Received"] = f"from a.example by b.example; {received}"
    message.set_content("Please find attached.")
    for name, data in attachments:
        if isinstance(data, EmailMessage):
            message.add_attachment(data)
        else:
            message.add_attachment(data, maintype="application", subtype="octet-stream",
                                   filename=name)
    return message


@pytest.fixture
def year(tmp_path):
    """A folder of inputs with an inbox of files by name."""

    def lay(**files):
        for name, data in files.items():
            name, _, ending = name.rpartition("_")
            path = tmp_path / "inbox" / f"{name}.{ending}"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(bytes(data) if not isinstance(data, bytes) else data)
        return tmp_path

    return lay


def rows(raw):
    return inbox_rows(raw, ROSTER).set_index("name")


def test_every_message_and_attachment_is_a_row_with_its_supplier_or_its_reason(year):
    inner = makemsg.tree("x@nobody.example", "inside", "2025-01-01",
                         [("deep.xlsx", answer("Birch Boards"))], head=24)
    nested = eml("cy@birch.example.com", [("again.xlsx", answer("Birch Boards Ltd"))])
    raw = year(
        a_msg=makemsg.message(sender="ann@acme.example.com", subject="Unser CMRT",
                              attachments=[("CMRT 答复.xlsx", answer("Acme Parts")),
                                           ("logo.png", b"\x89PNG\r\n\x1a\n" + bytes(20))]),
        b_msg=makemsg.message(sender="someone@acme.example.com", inner=inner),
        c_eml=eml("new@acme.example.com", [("x.xlsx", answer("Acme Motors"))]),
        d_eml=eml("cy@birch.example.com", [("y.xlsx", answer("Acme Parts"))]),
        e_eml=eml("stranger@gmail.com", [("z.xlsx", answer("Nobody Known"))]),
        f_eml=eml("dee.cedar@gmail.com", [("w.zip", pack({"in.xlsx": answer("Cedar Cables"),
                                                         "n.zip": pack({"q.txt": b"q"})}))]),
        g_eml=eml("new@acme.example.com", [("p.pdf", b"%PDF-1.7")]),
        h_xlsx=answer("Birch Boards, Ltd."),
        i_eml=eml("ann@acme.example.com", [("", nested)]),
        j_msg=b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "__substg1.0_".encode("utf-16-le") * 60,
        k_zip=pack({"bomb.xlsx": b"PK\x03\x04" + bytes(100)}),
    )
    found = rows(raw)
    assert found.loc["a.msg", ["sender", "subject", "day"]].tolist() == [
        "ann@acme.example.com", "Unser CMRT", "2025-02-03"]
    answers = found[found["state"] == "answer"]
    assert answers["supplier_id"].to_dict() == {
        "a.msg!CMRT 答复.xlsx": "acme", "b.msg!deep.xlsx": "", "c.eml!x.xlsx": "acme2",
        "d.eml!y.xlsx": "", "e.eml!z.xlsx": "", "f.eml!w.zip!in.xlsx": "cedar",
        "h.xlsx": "birch", "i.eml!again.xlsx": ""}
    assert found.at["d.eml!y.xlsx", "why"].startswith("not one alone (sender: birch")
    assert found.at["e.eml!z.xlsx", "why"].startswith("nobody in suppliers.csv")
    assert found.at["c.eml!x.xlsx", "day"] == "2025-02-04", "the day of receipt, in UTC"
    for name in ("a.msg!logo.png", "f.eml!w.zip!n.zip", "g.eml!p.pdf", "j.msg", "k.zip!bomb.xlsx"):
        assert found.at[name, "state"] == "stays" and found.at[name, "reason"], name
    assert found.at["i.eml", "reason"] == "A message with 1 attachment"


def test_what_is_confirmed_is_filed_noted_and_put_away(year):
    data = answer("Acme Parts")
    raw = year(a_msg=makemsg.message(sender="ann@acme.example.com", attachments=[
        ("CMRT.xlsx", data), ("CMRT.xlsx", answer("Acme Parts", authorizer="Jo Roe"))]),
        b_xlsx=answer("Birch Boards"))
    (raw / "correspondence.csv").write_text("supplier_id,sent_on,kind,reference\n")
    found = rows(raw)
    two = found.loc[["a.msg!CMRT.xlsx", "a.msg!CMRT (2).xlsx"]]
    first, second = two["id"]
    done = file_in(raw, INPUTS, {first: "acme"})
    assert done["file"].tolist() == ["cmrt/acme/CMRT.xlsx"]
    assert (raw / "cmrt/acme/CMRT.xlsx").read_bytes() == data
    assert (raw / "inbox/a.msg").is_file(), "an answer is left in it"
    file_in(raw, INPUTS, {second: "acme"})
    assert (raw / "cmrt/acme/CMRT (2).xlsx").is_file()
    assert (raw / "inbox/filed/a.msg").is_file() and not (raw / "inbox/a.msg").exists()
    assert (raw / "correspondence.csv").read_text().splitlines()[1:] == [
        f"acme,2025-02-03,received,file:{sha256[:8]}" for sha256 in two["sha256"]]
    loose = rows(raw).loc["b.xlsx", "id"]
    for chosen, on, said in (({loose: "birch"}, "", "on which day"),
                             ({loose: "nobody"}, "2025-02-01", "has no supplier"),
                             ({"00000000": "birch"}, "", "have the id")):
        with pytest.raises(InputError, match=said):
            file_in(raw, INPUTS, chosen, on=on)
    assert not (raw / "cmrt/birch").exists(), "nothing is moved on a guess"
    file_in(raw, INPUTS, {loose: "birch"}, on="2025-02-01")
    assert rows(raw).empty


def test_the_same_bytes_of_two_suppliers_are_filed_for_each_and_of_one_lie_there_once(year):
    blank = answer("")
    raw = year(a_eml=eml("ann@acme.example.com", [("blank.xlsx", blank)]),
               b_eml=eml("cy@birch.example.com", [("blank.xlsx", blank)]),
               c_eml=eml("cy@birch.example.com", [("again.xlsx", blank)]))
    found = rows(raw)
    assert found["id"].is_unique
    file_in(raw, INPUTS, {found.loc["a.eml!blank.xlsx", "id"]: "acme"})
    left = rows(raw)
    assert sorted(left.index) == ["b.eml", "b.eml!blank.xlsx", "c.eml", "c.eml!again.xlsx"]
    assert set(left.loc[["b.eml!blank.xlsx", "c.eml!again.xlsx"], "state"]) == {"answer"}
    file_in(raw, INPUTS, {left.loc[name, "id"]: "birch"
                          for name in ("b.eml!blank.xlsx", "c.eml!again.xlsx")})
    assert rows(raw).empty
    there = sorted(p.relative_to(raw).as_posix() for p in (raw / "cmrt").rglob("*.xlsx"))
    assert there == ["cmrt/acme/blank.xlsx", "cmrt/birch/again.xlsx"]


@pytest.mark.parametrize("name", ["../../x.xlsx", "C:\\\\a\\x.xlsx", "con.xlsx", ".", "a\nb.xlsx"])
def test_a_name_from_outside_leads_nowhere_else(year, name):
    raw = year(a_msg=makemsg.message(sender="ann@acme.example.com", attachments=[
        (name, answer("Acme Parts"))]))
    one = rows(raw)
    one = one.loc[one["state"] == "answer", "id"].iloc[0]
    file_in(raw, INPUTS, {one: "acme"})
    filed = [path for path in raw.rglob("*") if path.is_file() and "inbox" not in path.parts]
    assert {path.parent for path in filed} == {raw, raw / "cmrt" / "acme"}


@pytest.mark.parametrize("step", range(4))
def test_a_kill_at_any_point_loses_nothing_and_the_same_call_ends_it(year, monkeypatch, step):
    raw = year(a_msg=makemsg.message(sender="ann@acme.example.com",
                                     attachments=[("CMRT.xlsx", answer("Acme Parts"))]))
    one = rows(raw).loc["a.msg!CMRT.xlsx", "id"]
    real, calls = os.replace, []

    def dies(*args):
        calls.append(args)
        if len(calls) == step + 1:
            raise KeyboardInterrupt
        return real(*args)

    monkeypatch.setattr(os, "replace", dies)
    if step < 3:  # the copy, the line, the message: each ends in a replacement
        with pytest.raises(KeyboardInterrupt):
            file_in(raw, INPUTS, {one: "acme"})
        assert inbox_content(raw, "a.msg!CMRT.xlsx") == answer("Acme Parts")
    monkeypatch.setattr(os, "replace", real)
    file_in(raw, INPUTS, {one: "acme"})
    assert [p.name for p in (raw / "cmrt/acme").iterdir()] == ["CMRT.xlsx"]
    assert (raw / "correspondence.csv").read_text().count("received") == 1
    assert (raw / "inbox/filed/a.msg").is_file()


def test_letters_are_shown_before_they_are_noted_and_noted_once(tmp_path):
    merge = pd.DataFrame({"supplier_id": ["a", "b"], "kind": ["reminder", "corrections"],
                          "reference": ["reminder of 2025-02-01", "file:12345678"]})
    (tmp_path / "out/letters").mkdir(parents=True)
    (tmp_path / "out/letters/merge.csv").write_bytes(to_csv(merge))
    run = SimpleNamespace(raw=tmp_path, outputs=tmp_path / "out")
    record = tmp_path / filing_in.NOTED
    assert note_sent(run, on="2025-02-02")["state"].tolist() == ["new", "new"]
    assert not record.exists()
    note_sent(run, on="2025-02-02", suppliers=["b"], write=True)
    assert note_sent(run, on="2025-02-03")["state"].tolist() == ["new", "noted"]
    note_sent(run, on="2025-02-03", write=True)
    note_sent(run, on="2025-02-03", write=True)
    assert record.read_text().splitlines() == [
        "supplier_id,sent_on,kind,reference", "b,2025-02-02,corrections,file:12345678",
        "a,2025-02-03,reminder,reminder of 2025-02-01"]
    with pytest.raises(InputError, match="no letter was drafted to 'c'"):
        note_sent(run, on="2025-02-03", suppliers=["c"])
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(InputError, match="there are no letters"):
        note_sent(run, on="2025-02-03")
