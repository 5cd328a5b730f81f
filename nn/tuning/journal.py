"""The file of a sweep: its finished trials, a line of JSON each, so that an interrupted sweep goes on where it stopped."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from nn.arguments import path as checked_path
from nn.tuning.trials import Outcome, Trial
from nn.typing import FilePath

START = b'{"config": {'  # of each line


class Journal:
    """The outcomes of finished trials, read from a file to which others are appended. As a context it holds the file open.

    A trial is known by its configuration, its seed and the settings: the dtype of layers, and the options of fit that are
    numbers or text. NaN and infinity are written as Python's json does.
    """

    def __init__(self, file: FilePath, settings: Mapping[str, Any]) -> None:
        self.path = os.fspath(checked_path("file", file))
        self.settings = dict(settings)

    def __enter__(self) -> Self:
        self.file = open(self.path, "a+b")
        try:
            self.known = self._read()
        except BaseException:
            self.file.close()
            raise
        return self

    def __exit__(self, *raised: object) -> None:
        self.file.close()

    def outcomes(self, trials: Sequence[Trial]) -> dict[int, Outcome]:
        """{k: outcome} for those trials that have ended without an error."""
        keys = [self._key(trial.config, trial.seed, self.settings) for trial in trials]
        return {k: self.known[key] for k, key in enumerate(keys) if key in self.known}

    def append(self, trial: Trial, outcome: Outcome) -> None:
        line = {"config": trial.config, "seed": trial.seed, "settings": self.settings, **outcome._asdict()}
        self.file.write(json.dumps(line).encode() + b"\n")
        self.file.flush()

    def _key(self, config: Any, seed: int, settings: Any) -> str:
        try:
            return json.dumps([config, seed, settings], sort_keys=True)
        except (TypeError, ValueError) as error:
            raise ValueError(f"With file=, parameters are numbers, text, None, or lists or dicts of them: {error}.") from None

    def _of_something_else(self, number: int, line: bytes) -> ValueError:
        return ValueError(f"{self.path}:{number} is no trial of a sweep, but {line.decode(errors='replace')!r:.80}.")

    def _read(self) -> dict[str, Outcome]:
        """{key: outcome}. A last line without its end was being written when the sweep was interrupted: it is cut off."""
        self.file.seek(0)
        *lines, rest = self.file.read().split(b"\n")
        known = {}
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                outcome = Outcome({name: float(x) for name, x in row["result"].items()}, float(row["seconds"]), row["error"])
                known[self._key(row["config"], row["seed"], row["settings"])] = outcome
            except (ValueError, TypeError, LookupError, AttributeError):
                raise self._of_something_else(number, line) from None
        if not (rest.startswith(START) or START.startswith(rest)):
            raise self._of_something_else(len(lines) + 1, rest)
        self.file.truncate(self.file.tell() - len(rest))
        return {key: outcome for key, outcome in known.items() if outcome.error is None}


def settings_of(options: Mapping[str, Any], dtype: np.dtype[Any]) -> dict[str, Any]:
    """What of the options of fit is written beside each trial: numbers and text."""
    plain = {name: x.item() if isinstance(x, np.generic) else x for name, x in options.items()}
    return {"dtype": dtype.name, **{name: x for name, x in plain.items() if isinstance(x, (str, int, float))}}
