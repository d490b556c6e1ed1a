"""Makes one write of a run fail, in whatever process it happens: see ``faults.py``.

``FAULT_BELOW`` is the folder whose files count, ``FAULT_SEEN`` a file that takes a line a write:
the places in the workbook's code from which it was made. ``FAULT_AT`` is such a line, of whose
writes the ``FAULT_NTH`` fails, ``FAULT_AS`` the system's number of the fault.
"""

import os
import sys

_BELOW = os.environ.get("FAULT_BELOW", "")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_OTHERS = ("os.mkdir", "os.rename", "os.link", "os.symlink", "os.remove", "shutil.rmtree")
_OWN = (f"{os.sep}conflict_minerals{os.sep}", f"{os.sep}helpers{os.sep}")
_DEPTH = 3  # so many places tell one write from another


def _hook(event, args):
    if event == "open":
        path, _, flags = args
        touched = isinstance(path, str | bytes) and flags and flags & _WRITES
    elif event in _OTHERS:
        path, touched = args[0], True
    else:
        return
    if not touched or not os.fsdecode(path).startswith(_BELOW):
        return
    line = f"{event} {' '.join(_places())}\n".encode()
    seen = os.open(os.environ["FAULT_SEEN"], os.O_RDWR | os.O_APPEND | os.O_CREAT)
    os.write(seen, line)
    number = os.pread(seen, os.fstat(seen).st_size, 0).split(b"\n").count(line[:-1])
    os.close(seen)
    if (line.decode().strip(), str(number)) == (os.environ["FAULT_AT"], os.environ["FAULT_NTH"]):
        fault = int(os.environ["FAULT_AS"])
        raise OSError(fault, os.strerror(fault), os.fsdecode(path))


def _places():
    frame, found = sys._getframe(2), []
    while frame and len(found) < _DEPTH:
        name = frame.f_code.co_filename
        if any(own in name for own in _OWN):
            found.append(f"{os.path.basename(name)}:{frame.f_lineno}")
        frame = frame.f_back
    return found


if _BELOW:
    sys.addaudithook(_hook)
