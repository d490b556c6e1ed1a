"""The one door to what systems do differently; these tests run on each of them."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import conflict_minerals
import helpers
from conflict_minerals.ground import system

ASKED = re.compile(
    r"^\s*(?:import|from) (?:resource|fcntl|msvcrt|signal|ctypes|winreg|pwd|grp)\b|sys\.platform"
    r"|os\.(?:name|uname|fork|kill|setsid|fsync|dup2)\b|(?<!system)\.write_text\(", re.MULTILINE)


def run(code: str) -> int:
    command = [sys.executable, "-c", f"from conflict_minerals.ground import system\n{code}"]
    return subprocess.run(command, stderr=subprocess.DEVNULL).returncode


def test_nothing_else_asks_which_system_it_runs_on():
    packages = (Path(package.__file__).parent for package in (conflict_minerals, helpers))
    found = {path.name: ASKED.findall(path.read_text("utf-8"))
             for package in packages for path in package.rglob("*.py")}  # fmt: skip
    assert {name for name, asked in found.items() if asked} == {"system.py"}


def test_a_text_ends_its_lines_alike_everywhere(tmp_path):
    system.write_text(tmp_path / "a", "é\nb\n")
    assert (tmp_path / "a").read_bytes() == "é\nb\n".encode()


def test_a_file_is_put_in_the_place_of_another_and_leaves_nothing_beside(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    system.write_whole(tmp_path / "a", b"new", tmp_path / ".a.new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"a": b"new"}


def test_two_folders_change_places_or_stay_as_they_are(tmp_path):
    for name in "ab":
        (tmp_path / name).mkdir()
        (tmp_path / name / f"of-{name}").touch()
    done = system.exchange(tmp_path / "a", tmp_path / "b")
    assert done == sys.platform.startswith("linux") or not done
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["of-b" if done else "of-a"]
    assert not system.exchange(tmp_path / "a", tmp_path / "none")


def test_a_process_that_was_bounded_dies_of_its_bound_and_one_that_was_not_says_so():
    held = "import sys\nsys.exit(7 if bounded is False else 0 if grow() else 1)"
    memory = ("bounded = system.confine(1 << 28, 1 << 20)\n"
              "def grow():\n try: bytearray(1 << 30)\n except MemoryError: return True\n")
    assert run(memory + held) in (0, 7)
    spun = run("bounded = system.grant(0)\nwhile bounded: pass\nimport sys; sys.exit(7)")
    assert spun == 7 or system.out_of_time(spun)
    assert not system.out_of_time(0) and not system.out_of_time(None)


@pytest.mark.parametrize("missing", ["resource", "fcntl"])
def test_a_system_without_limits_goes_on_without_them(missing):
    code = (f"import sys, os; sys.modules[{missing!r}] = None\n"
            "system.confine(1, 1); system.grant(0); system.widen(os.pipe()[1])\nsys.exit(0)")
    assert run(code if missing == "resource" else code.replace(
        "system.confine(1, 1); system.grant(0); ", "")) == 0


def test_an_alarm_ends_a_process_where_there_are_alarms():
    code = ("import sys, time\n"
            "system.on_stop(lambda name: sys.exit(3 if name == 'SIGALRM' else 4))\n"
            "sys.exit(7) if not system.alarm(1) else time.sleep(60)")
    assert run(code) == (3 if hasattr(signal, "alarm") else 7)


def test_what_is_silenced_says_nothing():
    done = subprocess.run([sys.executable, "-c", "from conflict_minerals.ground import system\n"
                           "system.silence(1); print('said')"], capture_output=True)  # fmt: skip
    assert done.stdout == b"" and done.returncode == 0


@pytest.mark.skipif(not system.COPIES, reason="no process is copied here")
def test_a_copy_holds_no_lock_and_answers_no_signal_as_the_process_that_it_is_copied_from(tmp_path):
    assert run(f"""
import fcntl, os, time
system.on_stop(lambda name: None)
held = open({str(tmp_path / "lock")!r}, "w")
fcntl.flock(held, fcntl.LOCK_EX)
asked, told = os.pipe()
def work():
    os.write(told, b"begun")
    time.sleep(60)
copy = system.Copied(work, kept=told)
assert os.read(asked, 5) == b"begun"
held.close()
fcntl.flock(open({str(tmp_path / "lock")!r}, "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)
assert copy.poll() is None
system.send(copy.pid, system.TERMINATE)
assert copy.wait() == -system.TERMINATE == copy.poll()
assert system.Copied(lambda: 1 / 0).wait() == 1
""") == 0
