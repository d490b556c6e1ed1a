"""The same tables from any number of processes, from the cache and from a cluster; nothing lost."""

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import makebook
from conflict_minerals.ground import limits
from conflict_minerals.ground.errors import InputError
from conflict_minerals.intake import engine, intake

NEEDS_PROC = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
TABLES = ("files", "fields", "answers", "rows", "products", "lookups", "problems")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twelve workbooks of two revisions, two of them the same, a zip and a stray."""
    place = tmp_path / "cmrt"
    for n in range(12):
        version = ("6.22", "5.12")[n % 2]
        data = makebook.book(makebook.template(
            "CMRT", version, fields={"company_name": f"Company {n // 2 if n < 2 else n}"},
            answers={("A", ""): "Oui"}, products=[{"number": n}],
            smelters=[{"metal": "Gold", "lookup": "Aurum Works", "comments": f"row {m}"}
                      for m in range(n)]))  # fmt: skip
        (place / f"s{n:02d}").mkdir(parents=True)
        (place / f"s{n:02d}" / "CMRT.xlsx").write_bytes(data)
    (place / "s00" / "copies.zip").write_bytes(makebook.pack({"copy.xlsx": data, "b.xlsx": data}))
    (place / "s00" / "letter.pdf").write_bytes(b"%PDF-1.7")
    return place


def same(one: intake.Intake, other: intake.Intake) -> None:
    for name in TABLES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))


def test_one_process_or_three_give_the_same_tables(folder):
    one = intake.read_folder(folder, workers=1)
    same(one, intake.read_folder(folder, workers=3))
    assert one.files["readable"].sum() == 14 and len(one.rows) == sum(range(12)) + 22


@pytest.fixture
def counted(monkeypatch) -> list[int]:
    """How many files the reading processes were given."""
    given: list[int] = []
    ask = engine.Child.read
    monkeypatch.setattr(engine.Child, "read",
                        lambda self, data: given.append(len(data)) or ask(self, data))  # fmt: skip
    return given


def test_files_already_read_are_not_read_again(folder, tmp_path, counted):
    cache = tmp_path / "cache"
    first = intake.read_folder(folder, cache=cache)
    assert len(counted) == 12  # Thirteen and a zip of two copies of the last hold twelve contents.
    same(first, intake.read_folder(folder, cache=cache))
    assert len(counted) == 12
    (folder / "s03" / "CMRT.xlsx").rename(folder / "s03" / "renamed.xlsx")
    new = makebook.book(makebook.template("CMRT", "6.5"))
    (folder / "s04" / "new.xlsx").write_bytes(new)
    second = intake.read_folder(folder, cache=cache)
    assert len(counted) == 13
    same(second, intake.read_folder(folder))
    assert "s03/renamed.xlsx" in second.files["file"].tolist()


def test_other_limits_or_another_reader_do_not_use_what_was_kept(
    folder, tmp_path, counted, monkeypatch
):
    cache = tmp_path / "cache"
    intake.read_folder(folder, cache=cache)
    intake.read_folder(folder, cache=cache, limits=replace(limits.default(), cells=1000))
    assert len(counted) == 24
    monkeypatch.setattr("conflict_minerals.store.cache.version", lambda: "another")
    intake.read_folder(folder, cache=cache)
    assert len(counted) == 36


@pytest.mark.parametrize("how", ["cut", "altered", "empty", "swapped", "read-only"])
def test_a_damaged_cache_is_read_anew(folder, tmp_path, how):
    cache = tmp_path / "cache"
    first = intake.read_folder(folder, cache=cache)
    kept = sorted(file for file in cache.rglob("*") if file.is_file())
    contents = [file.read_bytes() for file in kept]
    assert len(kept) > 12
    for n, file in enumerate(kept):
        if how == "cut":
            file.write_bytes(contents[n][:-5])
        elif how == "altered":
            file.write_bytes(contents[n][:40] + b"\x00\x01" + contents[n][42:])
        elif how == "empty":
            file.write_bytes(b"")
        elif how == "swapped":
            file.write_bytes(contents[n - 1])
        else:
            file.chmod(0o400)
    same(first, intake.read_folder(folder, cache=cache))


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(folder, tmp_path):
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    found = intake.read_folder(folder, cache=blocked / "cache")
    assert found.files["readable"].sum() == 14


def test_a_reading_process_killed_on_the_way_costs_no_file(folder, monkeypatch):
    started: list[engine.Child] = []
    killed: list[engine.Child] = []
    start, receive = engine.Child.start, engine.receive

    def starting(self):
        started.append(self)
        start(self)

    def receiving(pipe):
        """Kill each reading process once, just when its first answer is waited for."""
        child = next(one for one in started if one.process and one.process.stdout is pipe)
        if child not in killed:
            killed.append(child)
            child.process.kill()
            child.process.wait()
        return receive(pipe)

    with monkeypatch.context() as patched:
        patched.setattr(engine.Child, "start", starting)
        patched.setattr(engine, "receive", receiving)
        found = intake.read_folder(folder, workers=2)
    assert len(killed) == 2 and len(started) == 4
    same(found, intake.read_folder(folder))
    assert found.files["readable"].sum() == 14


def _children() -> list[int]:
    """The reading processes that this process started."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            mine = int((place / "stat").read_text().rsplit(")", 1)[1].split()[1]) == os.getpid()
            if mine and b"conflict_minerals.intake.worker" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except (OSError, ValueError):
            continue
    return found


@NEEDS_PROC
def test_no_reading_process_outlives_the_reading(folder):
    intake.read_folder(folder, workers=2)
    assert _children() == []


@pytest.mark.parametrize(
    ("tight", "reason"),
    [
        ({"memory_bytes": 90_000_000, "tries": 1}, "Takes more than 86 MB of memory to be read"),
        ({"seconds": 0, "tries": 1}, "Takes more than 0 seconds to be read"),
        ({"wall_seconds": 0, "tries": 1}, "Takes more than 0 seconds to be read"),
    ],
)
def test_a_file_beyond_its_memory_or_time_is_given_up_alone(tmp_path, tight, reason):
    """The bounds are drawn so tight that one heavy file meets them; its neighbour is read."""
    filler = b" " * (40 << 20) if "memory_bytes" in tight else b"<!-- -->" + b"<row/>" * 9_000_000
    sheets = makebook.template("CMRT", "6.22")
    parts = makebook.parts(sheets)
    part = "xl/sharedStrings.xml" if "memory_bytes" in tight else "xl/worksheets/sheet3.xml"
    mark = b"<si>" if "memory_bytes" in tight else b"</sheetData>"
    parts[part] = parts[part].replace(mark, filler + mark, 1)
    (tmp_path / "heavy.xlsx").write_bytes(makebook.pack(parts))
    (tmp_path / "light.pdf").write_bytes(b"%PDF")
    bounds = replace(limits.default(), ratio=10**6, part_bytes=1 << 30, **tight)
    with engine.local(1, bounds) as mapped:
        data = [(tmp_path / "heavy.xlsx").read_bytes()]
        ((result, _, lost),) = mapped(lambda item, read: read(item), data)
    assert result is None and lost == reason


def test_what_was_given_up_is_not_kept(tmp_path, monkeypatch):
    (tmp_path / "cmrt").mkdir()
    data = makebook.book(makebook.template("CMRT", "6.22"))
    (tmp_path / "cmrt" / "x.xlsx").write_bytes(data)
    gone = "The process that read it died each time"
    with monkeypatch.context() as patched:
        patched.setattr(engine.Child, "read", lambda self, data: (None, None, gone))
        found = intake.read_folder(tmp_path / "cmrt", cache=tmp_path / "cache")
    assert found.files["reason"].tolist() == [gone]
    assert found.files["file_form"].tolist() == ["xlsx"]
    again = intake.read_folder(tmp_path / "cmrt", cache=tmp_path / "cache")
    assert again.files["readable"].tolist() == [True]


def test_a_cluster_gives_the_same_tables_and_a_killed_worker_costs_nothing(folder, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
    import dask

    expected = intake.read_folder(folder)
    guard = distributed.Security.temporary()
    shown = {"ca-file": guard.tls_ca_file, "client.cert": guard.tls_client_cert,
             "client.key": guard.tls_client_key}  # fmt: skip
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, security=guard
    ) as cluster, dask.config.set({f"distributed.comm.tls.{key}": shown[key] for key in shown}):
        address = cluster.scheduler_address
        assert address.startswith("tls://")
        same(expected, intake.read_folder(folder, engine="dask", scheduler=address))
        first = next(iter(cluster.workers.values()))
        timer = threading.Timer(0.2, lambda: os.kill(first.pid, signal.SIGKILL))
        timer.start()
        same(expected, intake.read_folder(folder, engine="dask", scheduler=address,
                                          cache=tmp_path / "cache"))  # fmt: skip
        timer.cancel()


def test_a_cluster_that_cannot_be_used_is_an_error_that_says_what_to_do(folder):
    pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
    with pytest.raises(InputError, match="needs an address"):
        intake.read_folder(folder, engine="dask")
    with pytest.raises(InputError, match="nobody answers at tls://127.0.0.1:1"):  # no certificate
        intake.read_folder(folder, engine="dask", scheduler="tls://127.0.0.1:1")


@pytest.mark.parametrize("address", [
    "tcp://192.0.2.7:8786", "192.0.2.7:8786", "tcp://127.0.0.1.example.com:8786", "tcp://[::]:8786",
    "tcp://0.0.0.0:8786", "ws://127.0.0.1:8786", "tcp://localhost.example.com:8786",
])  # fmt: skip
def test_a_cluster_that_is_neither_here_nor_behind_tls_is_never_spoken_to(folder, address):
    pytest.importorskip("distributed", reason="the extra 'dask' is not installed")
    with pytest.raises(InputError, match="neither on this machine nor TLS"):
        intake.read_folder(folder, engine="dask", scheduler=address)


@pytest.mark.parametrize("address", ["tls://192.0.2.7:8786", "tcp://127.0.0.1:1", "localhost:1",
                                     "tcp://[::1]:1"])  # fmt: skip
def test_loopback_and_tls_are_let_through(address):
    assert engine._is_guarded(address)
