"""No hostile or odd file crashes, hangs or is dropped; the good ones beside them are read."""

import io
import os
import tempfile
import time
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

import hostile
import makebook
from conflict_minerals.cmrt import blank_rows, reader, sheetxml
from conflict_minerals.ground import limits
from conflict_minerals.intake import engine, intake

WORKERS = 2


@pytest.fixture(scope="module")
def cases() -> list[hostile.Case]:
    return hostile.corpus()


@dataclass
class Measured:
    """Peak memory in MB and processor seconds of the reading process, a file read each."""

    memory: list[float]
    seconds: list[float]
    died: list[str]


@pytest.fixture(scope="module")
def measured() -> Measured:
    return Measured([], [], [])


@pytest.fixture(scope="module")
def found(cases, measured, tmp_path_factory) -> intake.Intake:
    folder = tmp_path_factory.mktemp("hostile")
    for n, case in enumerate(cases):
        place = folder / f"{n:03d}"
        place.mkdir()
        (place / case.name).write_bytes(case.data)
        if n % 10 == 0:
            (place / "sound.xlsx").write_bytes(hostile.sound())
    with pytest.MonkeyPatch.context() as patched:
        if Path("/proc/self/status").exists():
            patched.setattr(engine.Child, "read", _measuring(engine.Child.read, measured))
        return intake.read_folder(folder, workers=WORKERS)


def _measuring(read, measured: Measured):
    def measuring(child, data):
        before = _peak(child.process)[1] if child.process else 0.0
        answer = read(child, data)
        if child.process is None:
            measured.died.append(answer[2])
        else:
            memory, seconds = _peak(child.process)
            measured.memory.append(memory)
            measured.seconds.append(seconds - before)
        return answer

    return measuring


def test_the_corpus_is_large_and_its_files_differ(cases):
    assert len({case.data for case in cases}) >= 100
    assert len({case.name for case in cases}) == len(cases)


def test_each_file_is_read_or_refused_for_the_reason_expected(cases, found):
    files = found.files.set_index("file")
    problems = found.problems["file"].value_counts()
    wrong = []
    for n, case in enumerate(cases):
        name = f"{n:03d}/{case.name}"
        line = files.loc[name]
        if case.expected == hostile.READ:
            good = line["readable"] and line["smelters_reported"] == 2 and name not in problems
        elif case.expected == hostile.ODD:
            good = line["readable"] and line["smelters_reported"] >= 1 and name in problems
        else:
            refused = not (line["readable"] and line["template"])
            good = refused and line["reason"] and case.expected in line["reason"]
        if not good or reader.UNFORESEEN in line["reason"]:
            wrong.append((case.name, case.expected, line["readable"], line["reason"]))
    assert wrong == []


def test_what_is_read_of_an_odd_file_is_what_stands_in_it(cases, found):
    answers = found.answers[found.answers["question"] == "1"].groupby("file")["answer"].agg(list)
    names = found.rows.groupby("file")["name_reported"].agg(list)
    seen = 0
    for n, case in enumerate(cases):
        name = f"{n:03d}/{case.name}"
        if case.expected == hostile.READ:
            assert answers[name] == ["Yes"] * 4, case.name
            assert names[name] == ["Aurum Works", "Zinn & Söhne <3"], case.name
            seen += 1
    assert seen >= 20


def test_the_sound_files_beside_them_are_read(cases, found):
    sound = found.files[found.files["file"].str.endswith("/sound.xlsx")]
    assert len(sound) == (len(cases) + 9) // 10
    assert sound["readable"].all() and (sound["smelters_reported"] == 2).all()


def _peak(process) -> tuple[float, float]:
    """Peak memory in MB and processor seconds of a living process."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    memory = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    times = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    seconds = (int(times[11]) + int(times[12])) / os.sysconf("SC_CLK_TCK")
    return int(memory.split()[1]) / 1024, seconds


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_the_reading_process_stays_small_and_quick_on_each(found, measured):
    """The limits hold by themselves; the bounds of the system, which kill, are never met."""
    assert len(measured.memory) > 90 and measured.died == []
    assert max(measured.memory) < 512
    assert max(measured.seconds) < 10


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_a_row_and_is_not_followed(tmp_path):
    folder = tmp_path / "cmrt"
    (folder / "a").mkdir(parents=True)
    secret = tmp_path / "secret.xlsx"
    secret.write_bytes(hostile.sound())
    (folder / "a" / "link.xlsx").symlink_to(secret)
    (folder / "a" / "linked").symlink_to(tmp_path)
    (folder / "a" / "gone.xlsx").symlink_to(tmp_path / "nowhere")
    os.mkfifo(folder / "a" / "pipe.xlsx")
    (folder / "a" / "folder.xlsx").mkdir()
    started = time.monotonic()
    files = intake.read_folder(folder).files
    assert time.monotonic() - started < 30
    assert files["file"].tolist() == ["a/gone.xlsx", "a/link.xlsx", "a/linked", "a/pipe.xlsx"]
    assert (files["file_form"] == "special").all() and not files["readable"].any()


@contextmanager
def _nobody():
    """Without the rights of root, to whom no file is closed; any other user has none to lose."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="needs the file modes of Unix")
def test_a_folder_or_file_that_may_not_be_read_is_a_row():
    # Not below tmp_path, whose folders are closed to all but their owner.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir()
        (folder / "a.xlsx").write_bytes(hostile.sound())
        (folder / "a.xlsx").chmod(0)
        (folder / "closed").chmod(0)
        with _nobody():
            files = intake.read_folder(folder).files
        (folder / "closed").chmod(0o700)
    assert files["file"].tolist() == ["a.xlsx", "closed"]
    assert files["reason"].str.contains("cannot be|Cannot be").all()


def test_names_that_cannot_be_printed_do_not_stop_anything(tmp_path):
    names = [b"new\nline.xlsx", b"tab\t.xlsx", b"caf\xe9.xlsx", "right‮xslx.txt".encode(),
             b"=1+1.xlsx", b" .xlsx", b"a" * 250 + b".xlsx"]  # fmt: skip
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(hostile.sound())
    files = intake.read_folder(tmp_path).files
    assert len(files) == len(names) and files["readable"].all()
    assert all(name.isprintable() for name in files["file"])


def test_names_that_print_alike_stay_two_files(tmp_path):
    for sign in "\u202e\u202d":
        (tmp_path / f"a{sign}b.xlsx").write_bytes(hostile.sound())
        (tmp_path / "sup.1").mkdir(exist_ok=True)
        (tmp_path / "sup.1" / f"c{sign}").write_bytes(hostile.sound())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile says that a name is there twice
        for data in (b"first", b"second"):
            archive.writestr("c.txt", data)
    (tmp_path / "z.zip").write_bytes(packed.getvalue())
    files = intake.read_folder(tmp_path).files
    assert files["file"].tolist() == [
        "a\ufffdb (2).xlsx", "a\ufffdb.xlsx", "sup.1/c\ufffd", "sup.1/c\ufffd (2)", "z.zip",
        "z.zip!c (2).txt", "z.zip!c.txt"]
    assert files["sha256"].nunique() == 4, "each with its own bytes"


def test_a_file_beyond_the_size_limit_is_refused_unread(tmp_path):
    small = replace(limits.default(), file_bytes=1000)
    (tmp_path / "large.xlsx").write_bytes(hostile.sound())
    (tmp_path / "small.txt").write_bytes(b"x" * 900)
    files = intake.read_folder(tmp_path, limits=small).files.set_index("file")
    assert files.loc["large.xlsx", "reason"] == "Larger than 1000 bytes"
    assert len(files.loc["large.xlsx", "sha256"]) == 64
    assert files.loc["small.txt", "file_form"] == "text"


def test_a_zip_of_templates_is_opened_once_and_each_member_is_a_row(tmp_path):
    inner = makebook.pack({"deep.xlsx": hostile.sound()})
    cut = hostile.sound()[:500]
    data = makebook.pack({
        "good.xlsx": hostile.sound(), "../../up/Ümlaut.xlsx": hostile.sound(), "more.zip": inner,
        "cut.xlsx": cut, "note.pdf": b"%PDF-1.4", "__MACOSX/._good.xlsx": b"\x00", "d/": b"",
    })  # fmt: skip
    (tmp_path / "sup").mkdir()
    (tmp_path / "sup" / "all.zip").write_bytes(data)
    files = intake.read_folder(tmp_path).files
    table = {line.file: (line.readable, line.file_form) for line in files.itertuples()}
    assert table == {
        "sup/all.zip": (False, "zip"),
        "sup/all.zip!../../up/Ümlaut.xlsx": (True, "xlsx"),
        "sup/all.zip!__MACOSX/._good.xlsx": (False, "system"),
        "sup/all.zip!cut.xlsx": (False, "xlsx"),
        "sup/all.zip!good.xlsx": (True, "xlsx"),
        "sup/all.zip!more.zip": (False, "zip"),
        "sup/all.zip!note.pdf": (False, "pdf"),
    }
    assert set(files["supplier_id"]) == {"sup"}
    reason = files.set_index("file")["reason"]
    assert "A zip inside a zip" in reason["sup/all.zip!more.zip"]
    assert reason["sup/all.zip"] == "A zip of 6 files: each is listed"
    assert not (tmp_path.parent / "up").exists()


def _zip_named(folder, raw: bytes):
    """What is read of a zip whose one member bears that name, in no code that the zip tells."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("@" * len(raw), hostile.sound())
    (folder / "a.zip").write_bytes(packed.getvalue().replace(b"@" * len(raw), raw))
    return intake.read_folder(folder).files


@pytest.mark.parametrize("code, name, script", [
    ("gbk", "冲突矿/深圳.xlsx", "Chinese"), ("gbk", "回复.xlsx", "Chinese"),
    ("gbk", "CMRT 2024 东莞市示例电子有限公司.xlsx", "Chinese"),
    ("cp932", "回答/日本電子サンプル.xlsx", "Japanese"),
    ("cp932", "2024年度 サプライヤー.xlsx", "Japanese"),
    ("cp949", "분쟁광물/한국전자 주식회사.xlsx", "Korean"),
    ("big5", "臺灣範例電子股份有限公司.xlsx", "Chinese"),
    ("cp932", "CMRT (株)東芝.xlsx", "Japanese"), ("cp866", "Конфликт/Москва.xlsx", "Cyrillic"),
    ("cp1251", "Ответ 2024 Заречный завод.xlsx", "Cyrillic"),
    ("cp737", "Απάντηση προμηθευτή 2024.xlsx", "Greek"),
    ("cp874", "รายงานแร่ 2024 บริษัทตัวอย่าง.xlsx", "Thai"),
    ("utf-8", "Réponse.xlsx", ""), ("cp437", "Réponse.xlsx", "Western European"),
    ("cp437", "château âtre Übung.xlsx", "Western European"), ("cp850", "Größe São.xlsx",
                                                               "Western European"),
    ("cp1252", "Réponse.xlsx", "Western European"), ("cp866", "ООО Пример.xlsx", "Cyrillic"),
])  # fmt: skip
def test_a_member_has_the_name_that_its_sender_gave_it(tmp_path, code, name, script):
    files = _zip_named(tmp_path, name.encode(code))
    assert files["file"].tolist() == ["a.zip", f"a.zip!{name}"] and files["readable"].iloc[1]
    assert (f"taken for {script} (" in files["reason"][0]) == bool(script)


@pytest.mark.parametrize("raw, name", [
    ("Yanıt Şirket.xlsx".encode("cp857"), "Yan%8Dt %9Eirket.xlsx"),
    ("Odpowiedź.xlsx".encode("cp852"), "Odpowied%AB.xlsx"),
    ("תשובה.xlsx".encode("cp862"), "%9A%99%85%81%84.xlsx")])
def test_a_name_in_a_code_that_nothing_tells_is_shown_by_its_bytes(tmp_path, raw, name):
    files = _zip_named(tmp_path, raw)
    assert files["file"].tolist() == ["a.zip", f"a.zip!{name}"] and files["readable"].iloc[1]
    assert files["reason"][0].endswith("taken for bytes that no code tells")


def test_whole_templates_among_a_macs_own_files_are_read(tmp_path):
    inner = {"__MACOSX/CMRT.xlsx": hostile.sound(), "__MACOSX/._a.xlsx": b"\x00\x05\x16\x07",
             "__MACOSX/notes": b"x"}  # fmt: skip
    (tmp_path / "a.zip").write_bytes(makebook.pack(inner))
    files = intake.read_folder(tmp_path).files
    assert files["file_form"].tolist() == ["zip", "system", "xlsx", "system"]
    assert files["readable"].tolist() == [False, False, True, False]


@pytest.mark.parametrize("name", ["~$CMRT.xlsx", "._CMRT.xlsx", "Thumbs.db", ".DS_Store",
                                  ".~lock.CMRT.xlsx#", "__MACOSX/CMRT.xlsx", "desktop.ini"])
def test_a_whole_template_under_the_name_of_a_programs_own_file_is_read(tmp_path, name):
    (tmp_path / "sup" / name).parent.mkdir(parents=True)
    (tmp_path / "sup" / name).write_bytes(hostile.sound())
    files = intake.read_folder(tmp_path).files
    assert files[["file", "readable"]].values.tolist() == [[f"sup/{name}", True]]


def test_a_zip_of_too_many_files_says_which_were_left_aside(tmp_path):
    data = makebook.pack({f"{n}.xlsx": hostile.sound() for n in range(5)})
    (tmp_path / "all.zip").write_bytes(data)
    files = intake.read_folder(tmp_path, limits=replace(limits.default(), members=3)).files
    assert files["readable"].tolist() == [False, True, True, True, False, False]
    assert files["reason"].tolist()[-1].startswith("Left aside: the zip holds more than 3")


_AWKWARD = [
    '<row r="2"><c r="A2" s="1"/></row><row><c><v>7</v></c></row>',  # follows from row 2
    '<row/><row/><row><c><v>7</v></c></row>',
    '<row r="5"><c r="A5"/></row> <row r=\'6\' s="1"/><row s="1" r="9"><c/><c><v>7</v></c></row>',
    '<row r="4"><c r="A4" t="inlineStr"><is><t><![CDATA[<row r="8"/><row r="9"/>]]></t></is></c>'
    "</row>",
    '<row r="4"><c r="A4"></c><c r="B4"><f>1</f></c></row><row r="7" x="a>b"/><!--<row r="8"/>-->',
    '<x:row xmlns:x="other" r="3"/><row r="8"><c r="C8"><v>7</v></c></row>',
]


@pytest.mark.parametrize("size", [1, 7, 64, 4096])
@pytest.mark.parametrize("rows", _AWKWARD)
def test_leaving_out_blank_rows_moves_nothing(rows, size):
    xml = f'<worksheet xmlns="{makebook.MAIN}"><sheetData>{rows}</sheetData></worksheet>'.encode()
    plain = sheetxml.exact([xml], str, limits.default())
    short = b"".join(blank_rows.without(xml[at : at + size] for at in range(0, len(xml), size)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(blank_rows, "without", lambda pieces: pieces)
        whole = sheetxml.exact([xml], str, limits.default())
        left = sheetxml.exact([short], str, limits.default())
    assert whole.cells == plain.cells == left.cells
    assert whole.uncalculated == plain.uncalculated == left.uncalculated


def test_blank_rows_are_left_out_wherever_the_pieces_are_cut():
    rows = "".join(f'<row r="{n}" s="1"><c r="A{n}" s="1"/></row>' for n in range(5, 205))
    xml = f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()
    short = b"".join(blank_rows.without(xml[at : at + 300] for at in range(0, len(xml), 300)))
    assert len(short) < len(xml) / 4


def amplified(text: str, rows: int) -> bytes:
    """A small file that says much: one shared string, referred to from many rows."""
    listed = [{"metal": "Gold", "lookup": "Smelter not listed", "name": text, "row": 5 + n}
              for n in range(rows)]  # fmt: skip
    return makebook.book(makebook.template("CMRT", "6.22", answers=hostile.ANSWERS,
                                           smelters=listed))  # fmt: skip


def test_a_small_file_that_says_much_is_a_row_and_the_others_are_read(tmp_path):
    for n in range(3):
        (tmp_path / f"much-{n}.xlsx").write_bytes(amplified("x" * 32_000, 500 + n))
    (tmp_path / "many.zip").write_bytes(makebook.pack({"a.xlsx": amplified("y" * 30_000, 600)}))
    (tmp_path / "sound.xlsx").write_bytes(hostile.sound())
    files = intake.read_folder(tmp_path).files.set_index("file")
    told = files["reason"].str.startswith("Says more than 8 MB, though small itself")
    assert files.index[told].tolist() == [
        "many.zip!a.xlsx", "much-0.xlsx", "much-1.xlsx", "much-2.xlsx"]
    assert files["readable"].sum() == 1 and files.loc["sound.xlsx", "smelters_reported"] == 2


def test_what_a_zip_and_a_folder_say_together_is_bounded_in_the_order_of_names(tmp_path):
    small = replace(limits.default(), zip_text=700_000, folder_text=1_400_000)
    data = [amplified("x" * 1000, 200 + n) for n in range(3)]
    (tmp_path / "a.zip").write_bytes(makebook.pack({f"{n}.xlsx": data[n] for n in range(3)}))
    for n in range(3):
        (tmp_path / f"b{n}.xlsx").write_bytes(data[n])
    (tmp_path / "c.xlsx").write_bytes(hostile.sound())
    files = intake.read_folder(tmp_path, limits=small).files.set_index("file")
    aside = files["reason"].str.startswith("Left aside: the files before it")
    assert files.index[aside].tolist() == ["a.zip!1.xlsx", "a.zip!2.xlsx", "b2.xlsx"]
    assert files.loc["a.zip!1.xlsx", "reason"].endswith("in the zip say more than 700,000 "
                                                        "characters with it")  # fmt: skip
    assert files.loc["c.xlsx", "readable"]
