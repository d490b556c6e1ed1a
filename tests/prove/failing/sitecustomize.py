"""Makes one write of a run fail, in whatever process it happens: see ``faults.py``.

``FAULT_AT`` is the number of the write that fails, ``FAULT_AS`` the system's number of the fault,
``FAULT_BELOW`` the folder whose files count, ``FAULT_COUNT`` a file that grows by a byte a write.
"""

import os
import sys

_BELOW = os.environ.get("FAULT_BELOW", "")
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def _hook(event, args):
    if event == "open":
        path, _, flags = args
        touched = isinstance(path, str | bytes) and flags and flags & _WRITES
    elif event in ("os.mkdir", "os.rename", "os.link", "os.symlink"):
        path, touched = args[0], True
    else:
        return
    if not touched or not os.fsdecode(path).startswith(_BELOW):
        return
    count = os.open(os.environ["FAULT_COUNT"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(count, b".")
    number = os.fstat(count).st_size
    os.close(count)
    if number == int(os.environ["FAULT_AT"]):
        fault = int(os.environ["FAULT_AS"])
        raise OSError(fault, os.strerror(fault), os.fsdecode(path))


if _BELOW:
    sys.addaudithook(_hook)
