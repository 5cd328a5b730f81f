"""tf.keras.utils: labels as one-hot rows."""

import numpy as _np

from nn.arguments import count as _count
from nn.arguments import items as _items
from nn.arguments import wrong as _wrong
from nn.settings import set_random_seed
from nn.tf import _adapters as _tf
from nn.tf._missing import lacks as _lacks
from nn.tf.keras.backend import clear_session


class PyDataset:
    """Batches by their number: subclasses define __len__, __getitem__(k) and, if they like, on_epoch_end. They are computed in
    this thread, whatever the number of workers."""

    def __init__(self, workers=1, use_multiprocessing=False, max_queue_size=10):
        self.workers, self.use_multiprocessing, self.max_queue_size = workers, use_multiprocessing, max_queue_size

    def __len__(self):
        raise NotImplementedError("A PyDataset says how many batches it has: define __len__(self).")

    def __getitem__(self, k):
        raise NotImplementedError("A PyDataset gives its batches by their numbers: define __getitem__(self, k).")

    def on_epoch_end(self):
        """Called after each epoch."""


Sequence = PyDataset  # as Keras 2 calls it


def to_categorical(x, num_classes=None):
    labels = _tf.whole(x, "x")
    return _tf.one_hot(labels, int(labels.max(initial=0)) + 1 if num_classes is None else num_classes).numpy()


def pad_sequences(sequences, maxlen=None, dtype="int32", padding="pre", truncating="pre", value=0.0):
    """Lists of numbers as the rows of an array: filled up with `value`, and cut to maxlen, before them ("pre") or behind."""
    for what, side in (("padding", padding), ("truncating", truncating)):
        if side not in ("pre", "post"):
            raise _wrong(what, '"pre" or "post"', side)
    rows = [_np.asarray(row) for row in _items("sequences", sequences, "a list of lists of numbers")]
    if not all(row.ndim for row in rows):
        raise _wrong("sequences", "a list of lists of numbers", sequences)
    width = max(map(len, rows), default=0) if maxlen is None else _count("maxlen", maxlen)
    found = _np.full((len(rows), width, *(rows[0].shape[1:] if rows else ())), value, dtype)
    for filled, row in zip(found, rows):
        kept = row[max(0, len(row) - width) :] if truncating == "pre" else row[:width]
        filled[width - len(kept) if padding == "pre" else 0 :][: len(kept)] = kept
    return found


__getattr__ = _lacks(__name__)
