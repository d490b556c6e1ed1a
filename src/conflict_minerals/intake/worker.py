"""The process that reads strangers' files: little memory, little time, nothing but two pipes.

It is started as ``python -m conflict_minerals.intake.worker``, with the word ``lists``
or ``mail`` for those,
is given files one by one on its standard input and answers with what each says. When it dies,
that file alone is lost.
"""

from __future__ import annotations

import json
import os
import struct
import sys
from typing import BinaryIO

from conflict_minerals.cmrt import nothing_read, read_bytes, read_list, read_mail
from conflict_minerals.ground.limits import Limits, amount


def send(pipe: BinaryIO, content: bytes) -> None:
    """Write one message: its length, then its bytes."""
    pipe.write(struct.pack("<Q", len(content)))
    pipe.write(content)
    pipe.flush()


def receive(pipe: BinaryIO) -> bytes | None:
    """Read one message; ``None`` when the other end is gone."""
    head = pipe.read(8)
    if len(head) < 8:
        return None
    (length,) = struct.unpack("<Q", head)
    content = pipe.read(length)
    return content if len(content) == length else None


def confine(limits: Limits) -> None:
    """Bound this process's memory and the size of files it writes, where the system can."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in (
        ("RLIMIT_AS", limits.memory_bytes), ("RLIMIT_CORE", 0), ("RLIMIT_FSIZE", limits.file_bytes),
    ):  # fmt: skip
        try:
            resource.setrlimit(getattr(resource, kind), (most, most))
        except (AttributeError, ValueError, OSError):
            continue  # macOS takes no bound on address space; the clock still bounds the file.


def grant(seconds: int) -> None:
    """Let the next file have this much processor time; the system ends the process beyond it."""
    try:
        import resource
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = int(used.ru_utime + used.ru_stime) + seconds + 1
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(resource.RLIMIT_CPU, (most, hard))


def main() -> int:
    inward = sys.stdin.buffer
    # What a library prints must not get between the messages.
    outward = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    settings = receive(inward)
    if settings is None:
        return 0
    limits = Limits(**json.loads(settings))
    confine(limits)
    sent: set[str] = set()
    read = {"lists": read_list, "mail": read_mail}.get((sys.argv[1:] or [""])[0], read_bytes)
    while (data := receive(inward)) is not None:
        grant(limits.seconds)
        try:
            result, lookup = read(data, limits)
            new = bool(lookup) and result["lookup"] not in sent
            answer = json.dumps([result, lookup if new else None], ensure_ascii=True).encode()
            if len(answer) > limits.answer_bytes:
                reason = f"Says more than {amount(limits.answer_bytes)}, though small itself"
                new, refused = False, nothing_read(result["form"], reason)
                answer = json.dumps([refused, None]).encode()
        except (MemoryError, RecursionError):
            send(outward, b'"memory"')
            return 3
        send(outward, answer)
        if new:
            sent.add(result["lookup"])
        del data, result, lookup, answer
    return 0


if __name__ == "__main__":
    sys.exit(main())
