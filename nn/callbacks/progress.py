"""What fit shows: a bar for the whole run in a terminal or a notebook; in a log, one line an epoch, but not too often."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

from nn.callbacks.base import Callback
from nn.typing import Logs

PAUSE = 1.0  # seconds between the lines of a log, at least


def in_log() -> bool:
    """Whether what is shown goes to a log, and not to a terminal or a notebook."""
    return not (sys.stderr.isatty() or "ipykernel" in sys.modules)


def bar(total: int | None, unit: str) -> Any:
    """A bar of tqdm's. total: None for data of unknown length."""
    with warnings.catch_warnings():  # a notebook without ipywidgets gets the plain bar and no warning
        warnings.simplefilter("ignore")
        from tqdm.auto import tqdm  # a sixth of the time of importing nn, so only if it is shown

    return tqdm(total=total, unit=unit, mininterval=0.2, dynamic_ncols=True)


class Progress(Callback):
    """A bar over the whole run in a terminal or a notebook, and lines elsewhere, at most one a second. lines: a line for each
    epoch, always."""

    wants_batch_logs = False
    on_every_process = False

    def __init__(self, lines: bool = False) -> None:
        self.bar: Any = None
        self.each = lines
        self.lines = lines or in_log()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.last = -PAUSE
        if not self.lines:
            epochs, steps = self.params["epochs"] - self.params["initial_epoch"], self.params["steps"]
            self.bar = bar(None if steps is None else epochs * steps, "step")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.bar is not None:
            self.bar.update()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        done, of = epoch + 1, self.params["epochs"]
        if self.bar is not None:
            self.bar.set_description(f"epoch {done}/{of}", refresh=False)
            self.bar.set_postfix({name: f"{x:.4g}" for name, x in logs.items()}, refresh=False)
        elif self.each or time.monotonic() - self.last >= PAUSE or done == of or self.model.stop_training:
            self.last = time.monotonic()
            print(f"epoch {done}/{of}", *(f"{name} {x:.4g}" for name, x in logs.items()), sep="  ", flush=True)

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.bar is not None:
            self.bar.close()
