"""What fit shows: one line a run on a terminal and in a notebook, one line an epoch, but not too often, in a log."""

import sys
import time
import warnings

from nn.callbacks.base import Callback

PAUSE = 1.0  # seconds between the lines of a log, at least


class Progress(Callback):
    """A bar over the whole run where there is someone to watch it, lines otherwise. lines: always lines."""

    wants_batch_logs = False

    def __init__(self, lines=False):
        self.bar, self.lines = None, lines or not (sys.stderr.isatty() or "ipykernel" in sys.modules)

    def on_train_begin(self, logs=None):
        self.last = -PAUSE
        if not self.lines:
            with warnings.catch_warnings():  # in a notebook without ipywidgets it is the plain bar, and no word about it
                warnings.simplefilter("ignore")
                from tqdm.auto import tqdm  # a sixth of the time of importing nn, so only if it is to be seen

            epochs = self.params["epochs"] - self.params["initial_epoch"]
            self.bar = tqdm(total=epochs * self.params["steps"], unit="step", mininterval=0.2, dynamic_ncols=True)

    def on_train_batch_end(self, batch, logs=None):
        if self.bar is not None:
            self.bar.update()

    def on_epoch_end(self, epoch, logs=None):
        done, of = epoch + 1, self.params["epochs"]
        if self.bar is not None:
            self.bar.set_description(f"epoch {done}/{of}", refresh=False)
            self.bar.set_postfix({name: f"{x:.4g}" for name, x in logs.items()}, refresh=False)
        elif time.monotonic() - self.last >= PAUSE or done == of or self.model.stop_training:
            self.last = time.monotonic()
            print(f"epoch {done}/{of}", *(f"{name} {x:.4g}" for name, x in logs.items()), sep="  ", flush=True)

    def on_train_end(self, logs=None):
        if self.bar is not None:
            self.bar.close()
