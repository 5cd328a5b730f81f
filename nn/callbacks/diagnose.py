"""A callback that looks for what keeps a model from learning, while it is trained."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from nn.arguments import count, flag
from nn.callbacks.base import Callback
from nn.typing import Logs

ENOUGH = 64  # fewer examples tell too little: with one alone, half of the healthy ReLUs are 0


class Diagnose(Callback):
    """Diagnoses the model every so many batches (see `nn.diagnose`), and prints at the end what it found.

    A look costs about a millisecond and two steps; the first one also tries the learning rate, and costs 30 steps or more.
    Training itself stays as it is, to the last bit. Afterwards `diagnosis` is what the last look found, where each finding says
    `since` which step it has been there without a break: 0 is from the first look on. verbose=False prints nothing.
    """

    on_every_process = False

    def __init__(self, every: int = 100, verbose: bool = True) -> None:
        self.every, self.verbose = count("every", every), flag("verbose", verbose)
        self.diagnosis: Any = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.first: Any = None  # the measurements of the first look
        self.diagnosis, self.waited = None, 0
        self.recent: list[Any] = []  # the last batches
        self.labels: list[np.ndarray] = []  # the targets of the batches of the first epoch
        self.epochs = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epochs += 1

    def on_train_batch_begin(self, batch: int, logs: Logs | None = None) -> None:
        self.recent.append(self.batch)
        while len(self.recent) > 1 and sum(len(x) for x, *_ in self.recent[1:]) >= ENOUGH:
            self.recent.pop(0)
        if not self.epochs:
            self.labels.append(self.batch[1])
        self.waited += 1
        if (self.first is None or self.waited >= self.every) and sum(len(x) for x, *_ in self.recent) >= ENOUGH:
            self.look()

    def look(self) -> None:
        """Diagnose the model as it is, on the last batches."""
        from nn import diagnosis  # an integration: see UPWARD in tests/nn/test_layering.py

        x, y, w = (None if a[0] is None else np.concatenate(a)[: diagnosis.EXAMPLES] for a in zip(*self.recent))
        m = diagnosis.measure(self.model, x, y, w, np.concatenate(self.labels), trials=self.first is None)
        self.first, self.waited = self.first or m, 0
        m.rate, m.trials, m.updates = self.first.rate, self.first.trials, self.first.updates
        m.within = diagnosis.variance_within(self.labels)
        since = {(found.symptom, found.where): found.since for found in self.diagnosis or ()}
        now = 0 if self.first is m else m.steps
        self.diagnosis = diagnosis.Diagnosis(m)
        for k, found in enumerate(self.diagnosis.findings):
            self.diagnosis.findings[k] = replace(found, since=since.get((found.symptom, found.where), now))

    def on_train_end(self, logs: Logs | None = None) -> None:
        if self.recent:
            self.look()
            if self.verbose:
                print(f"Diagnose, after {self.model.optimizer.iterations:,} steps:", self.diagnosis, sep="\n\n")
        self.recent, self.labels, self.batch = [], [], None
