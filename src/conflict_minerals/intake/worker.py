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
from conflict_minerals.ground import system
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


def main() -> int:
    inward = sys.stdin.buffer
    # What a library prints must not get between the messages.
    outward = os.fdopen(os.dup(1), "wb")
    system.silence(1)
    settings = receive(inward)
    if settings is None:
        return 0
    limits = Limits(**json.loads(settings))
    system.confine(limits.memory_bytes, limits.file_bytes)
    sent: set[str] = set()
    read = {"lists": read_list, "mail": read_mail}.get((sys.argv[1:] or [""])[0], read_bytes)
    while (data := receive(inward)) is not None:
        system.grant(limits.seconds)
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
