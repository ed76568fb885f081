"""Requests to end, and the few moments in which nobody may disturb."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from questionbank.cli.ending import Terminated, ending_decently, undisturbed

REQUESTS = (signal.SIGTERM, signal.SIGHUP)


def ask_to_end(number: signal.Signals, afterwards: Callable[[], None] = lambda: None) -> None:
    with ending_decently():
        try:
            os.kill(os.getpid(), number)
            time.sleep(60)
        finally:
            afterwards()


@pytest.mark.parametrize("number", REQUESTS)
def test_a_request_to_end_is_raised_where_the_program_is(number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in REQUESTS]
    with pytest.raises(Terminated, match=number.name) as caught:
        ask_to_end(number)
    assert caught.value.exit_code == 128 + number
    assert [signal.getsignal(one) for one in REQUESTS] == before


def test_requests_that_follow_do_not_disturb_the_ending() -> None:
    ended = []

    def ask_again() -> None:
        for number in REQUESTS:
            os.kill(os.getpid(), number)
        ended.append("in peace")

    with pytest.raises(Terminated):
        ask_to_end(signal.SIGTERM, ask_again)
    assert ended == ["in peace"]


def test_a_program_that_is_to_outlive_its_terminal_does() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with ending_decently():
            os.kill(os.getpid(), signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def write_and_be_asked_to_end(number: signal.Signals, written: list[str]) -> None:
    with ending_decently(), undisturbed():
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), number)
        written.append("all")


@pytest.mark.parametrize("number", [signal.SIGINT, *REQUESTS])
def test_the_last_writes_are_not_disturbed_and_the_request_comes_in_after_them(
    number: signal.Signals,
) -> None:
    before = signal.getsignal(number)
    written: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        write_and_be_asked_to_end(number, written)
    assert written == ["all"]
    assert signal.getsignal(number) is before


def test_what_was_ignored_stays_ignored_while_writing() -> None:
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with undisturbed():
            os.kill(os.getpid(), signal.SIGTERM)
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)


LEAVING = """
import atexit, sys, threading, types
from questionbank.cli.ending import leave
print("written")
atexit.register(print, "tidied up")
if sys.argv[1]:
    sys.modules[sys.argv[1]] = types.ModuleType(sys.argv[1])
    threading.Thread(target=threading.Event().wait).start()
leave(3)
"""


def leaving(library: str, **named: Any) -> "subprocess.CompletedProcess[str]":  # noqa: ANN401
    code = [sys.executable, "-c", LEAVING, library]
    return subprocess.run(code, stderr=subprocess.PIPE, text=True, timeout=60, **named)


@pytest.mark.parametrize("library", ["torch", "openvino"])
def test_a_process_that_computed_ends_at_once_whatever_still_runs(library: str) -> None:
    done = leaving(library, stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout, done.stderr) == (3, "written\n", "")


def test_a_process_that_did_not_compute_ends_as_python_does() -> None:
    done = leaving("", stdout=subprocess.PIPE)
    assert (done.returncode, done.stdout) == (3, "written\ntidied up\n")
