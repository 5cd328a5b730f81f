"""The flags that numpy raises where it computes an infinity or a NaN from finite numbers, or 0 times infinity."""

from __future__ import annotations

import threading

import numpy as np

from autodiff.core.interrupts import ERROR_STATE


class Flags(threading.local):
    raised = False  # since somebody set it to False


FLAGS = Flags()


def note(kind: str, flag: int) -> None:
    FLAGS.raised = True


flagging = np.errstate(divide="call", over="call", invalid="call", under="ignore", call=note)
with flagging:
    FLAGGING = ERROR_STATE.get()
    np.multiply(np.zeros(2), np.full(2, np.inf))
    ARE_RAISED = FLAGS.raised  # in WebAssembly no flags are
