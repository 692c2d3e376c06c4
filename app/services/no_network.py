"""A lock on a child process after which the kernel opens no line to anywhere for it: a filter on its system calls (seccomp), which needs no
privilege and cannot be taken off again. A kernel that takes no such filter starts the child without it: `flask doctor` says so.

It holds on Linux for x86-64 and arm64. Elsewhere there is none, and the children have only their own refusal (`inspection_child.no_network`),
which a reader written in C can go around."""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import subprocess
import sys
from collections.abc import Callable

PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, SECCOMP_MODE_FILTER = 22, 38, 2
_LOAD, _JUMP_EQUAL, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4
_OTHER_ABI = 0x40000000
# Architecture as the kernel writes it, and the numbers of socket and io_uring_setup (which opens sockets too).
_MACHINES = {"x86_64": (0xC000003E, (41, 425)), "aarch64": (0xC00000B7, (198, 425))}


def _filter(architecture: int, refused: tuple[int, ...]) -> bytes:
    """Calls of another architecture, or of another way to call, are refused too: there the numbers mean something else."""

    def step(code: int, yes: int, no: int, value: int) -> bytes:
        return struct.pack("=HBBI", code, yes, no, value)

    steps = [step(_LOAD, 0, 0, _ARCHITECTURE_AT), step(_JUMP_EQUAL, 0, len(refused) + 3, architecture)]
    steps += [step(_LOAD, 0, 0, _NUMBER_AT), step(_JUMP_AT_LEAST, len(refused) + 1, 0, _OTHER_ABI)]
    steps += [step(_JUMP_EQUAL, len(refused) - at, 0, number) for at, number in enumerate(refused)]
    steps += [step(_RETURN, 0, 0, _ALLOW), step(_RETURN, 0, 0, _REFUSE)]
    return b"".join(steps)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _made() -> Callable[[], None] | None:
    found = _MACHINES.get(platform.machine()) if sys.platform == "linux" else None
    if found is None:
        return None
    steps = ctypes.create_string_buffer(_filter(*found))
    program = _Program(len(_filter(*found)) // 8, ctypes.cast(steps, ctypes.c_void_p))
    call = ctypes.CDLL(None, use_errno=True).prctl

    def lock(_kept: object = steps) -> None:
        call(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        call(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0)

    return lock


# Made before any child is: between fork and exec there is room for two calls and no more.
lock = _made()


def holds() -> bool:
    """Whether a child behind the lock really opens no line here: a kernel without such filters, or a container that forbids them, lets it."""
    asked = [sys.executable, "-I", "-c", "import socket; socket.socket()"]
    return lock is not None and subprocess.run(asked, preexec_fn=lock, capture_output=True, check=False).returncode != 0
