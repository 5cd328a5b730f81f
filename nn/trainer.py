"""What every Model can do with examples: learn from them, be judged by them, and predict."""

import warnings

import numpy as np

import autodiff as ad
from nn import losses, metrics, optimizers, settings
from nn.activations import PROBABILITIES
from nn.callbacks import Callbacks, History, Progress
from nn.data import Examples, match_trailing_axis
from nn.layers.base import Layer, rollback_on_error, walk
from nn.layers.dense import count


class Trainer(Layer):
    """compile, fit, evaluate, predict. A step is a batch through the model under a tape, and the optimizer's update."""

    optimizer = loss = history = None
    metrics = ()
    stop_training = False

    def compile(self, optimizer="rmsprop", loss=None, metrics=None):
        """Say how to learn, by names or objects: an optimizer, a loss, a list of metrics. ValueError for unknown names."""
        optimizer, loss = optimizers.get(optimizer), None if loss is None else losses.get(loss)
        names = [metrics] if isinstance(metrics, str) or callable(metrics) else metrics or []
        made = [_metric(name, loss) for name in names]
        if len({metric.name for metric in made}) < len(made):
            raise ValueError(f"Metrics need different names, but got {', '.join(metric.name for metric in made)}.")
        self.optimizer, self.loss, self.metrics = optimizer, loss, made

    def fit(self, x, y, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
            validation_batch_size=None, validation_freq=1):  # fmt: skip
        """The History of `epochs` passes over the examples, each in new random order unless shuffle=False.

        batch_size: 1 is the notes' stochastic gradient descent, "all" plain gradient descent, None mini-batches of 32 (or all
        if there are fewer). verbose: 0 is silent, 1 or "auto" a bar where someone watches it and lines elsewhere, 2 lines.
        validation_split: that share of the examples, the last ones, is not learned from but evaluated after each epoch (or
        each validation_freq epochs), as is validation_data, (x, y) or (x, y, sample_weight). class_weight: {class: weight}.
        The loss of an example is multiplied by its weight, and their sum divided by the number of examples.

        A second fit goes on where the first ended. Raises ValueError for bad data before anything has changed.
        """
        self._need_compiled()
        data, held = Examples(x, self._given(y), sample_weight, self.dtype), None
        if validation_data is not None:
            held_x, held_y, *weights = validation_data
            held = Examples(held_x, self._given(held_y), *weights, dtype=self.dtype)
        elif validation_split:
            data, held = data.split(validation_split)
            _warn_if_sorted(y)
        data = data.weighted(class_weight)
        size = data.batch_size(batch_size)
        self._dry_run(size, data, *([] if held is None else [held]))
        params = {"epochs": epochs, "initial_epoch": initial_epoch, "steps": -(-len(data) // size), "batch_size": size,
                  "do_validation": held is not None}  # fmt: skip
        history, shown = History(), [Progress(lines=verbose == 2)] if verbose else []
        self.stop_training = False
        with Callbacks([*(callbacks or []), history, *shown], self, params) as running:
            self.history = history
            for epoch in range(initial_epoch, epochs):
                running.call("on_epoch_begin", epoch)
                running.logs = logs = self._epoch(data.batches(size, shuffle), running)
                if held is not None and (epoch + 1) % validation_freq == 0:
                    running.call("on_test_begin")
                    values = self._evaluate(held, validation_batch_size or size)
                    logs |= {f"val_{name}": value for name, value in values.items()}
                    running.call("on_test_end", values)
                running.call("on_epoch_end", epoch, logs)
                if self.stop_training:
                    break
        return self.history

    def evaluate(self, x, y, batch_size=None, verbose="auto", sample_weight=None, return_dict=False):
        """The loss on these examples, or [loss, metrics...], or with return_dict {name: number}. It shows nothing."""
        self._need_compiled()
        data = Examples(x, self._given(y), sample_weight, self.dtype)
        size = count("batch_size", batch_size or 256)
        self._dry_run(32, data)
        return _reported(self._evaluate(data, size), return_dict)

    def predict(self, x, batch_size=None, verbose="auto"):
        """The outputs for all of x, as an array, computed in batches. It shows nothing."""
        x = np.asarray(x)
        if x.ndim == 0 or not len(x):
            raise ValueError(f"There is nothing to predict from: x has shape {x.shape}.")
        size = count("batch_size", batch_size or 256)
        with settings.training(False):
            return np.concatenate([np.asarray(self(x[k : k + size])) for k in range(0, len(x), size)])

    def train_on_batch(self, x, y, sample_weight=None, class_weight=None, return_dict=False):
        """The loss and metrics of this batch, as `evaluate` gives them, after one step on it."""
        self._need_compiled()
        data = Examples(x, self._given(y), sample_weight, self.dtype).weighted(class_weight)
        self._dry_run(1, data)
        return _reported(self._epoch([(data.x, data.y, data.w)], None), return_dict)

    def test_on_batch(self, x, y, sample_weight=None, return_dict=False):
        """The loss and metrics of this batch, as `evaluate` gives them."""
        return self.evaluate(x, y, len(x), 0, sample_weight, return_dict)

    # -- one epoch ---------------------------------------------------------------------------------------------------

    def _epoch(self, batches, callbacks):
        """The logs of one pass over the batches, after a step on each."""
        for metric in self.metrics:
            metric.reset_state()
        variables, penalties = self.trainable_variables, self._all_penalties()
        if not variables:
            warnings.warn(f"{self.name} has no trainable variables, so nothing is learned.", stacklevel=4)
        total, count, per_batch = 0.0, 0, callbacks is not None and any(callbacks.by_batch.values())
        with settings.training():
            for k, (x, y, w) in enumerate(batches):
                if per_batch:
                    callbacks.call("on_train_batch_begin", k)
                with ad.Tape() as tape:
                    p = self(x)
                    loss = self._cost(match_trailing_axis(y, p), p, w, penalties)
                if variables:
                    self.optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
                total, count = total + float(loss) * len(x), count + len(x)
                for metric in self.metrics:
                    metric.update_state(y, p)
                if per_batch:
                    callbacks.call("on_train_batch_end", k, self._logs(total, count) if callbacks.want_logs else None)
                    if self.stop_training:
                        break
        return self._logs(total, count)

    def _evaluate(self, data, size):
        """The logs of the model as it is on these examples."""
        for metric in self.metrics:
            metric.reset_state()
        total, penalties = 0.0, self._all_penalties()
        with settings.training(False):
            for x, y, w in data.batches(size):
                p = self(x)
                total += float(self._cost(match_trailing_axis(y, p), p, w, penalties)) * len(x)
                for metric in self.metrics:
                    metric.update_state(y, p)
        return self._logs(total, len(data))

    def _cost(self, y, p, w, penalties):
        loss = self.loss(y, p, w)
        for penalty in penalties:
            loss = loss + penalty()
        return loss

    def _all_penalties(self):
        return [penalty for _, layer in walk(self, Layer) for penalty in layer._penalties]

    def _logs(self, total, count):
        return {"loss": total / count} | {metric.name: metric.result() for metric in self.metrics}

    # -- what must hold before ---------------------------------------------------------------------------------------

    def _need_compiled(self):
        if self.optimizer is None:
            raise ValueError("You must call `compile()` before using the model.")
        if self.loss is None:
            raise ValueError("No loss to compute. Provide a `loss` argument in `compile()`.")

    def _given(self, y):
        if y is None:
            raise ValueError("There are no targets: y is None. To reproduce the inputs, give them as y too.")
        return y

    def _dry_run(self, size, *several):
        """Build the model, and let a batch of each run through it, and all targets through the loss, so that what is wrong
        with the data is said before the first step."""
        with rollback_on_error(self), settings.training(False):
            for data in several:
                x, y, w = next(data.batches(size))
                p = self(x)
                self._check_last_activation()
                for metric in self.metrics:
                    metric.update_state(y, p)
                    metric.reset_state()
                for _, y, w in data.batches(4096):
                    same = np.repeat(np.asarray(p)[:1], len(y), axis=0)
                    self.loss(match_trailing_axis(y, same), same, w)

    def _check_last_activation(self):
        """A loss of logits is not for probabilities."""
        last = next((layer for _, layer in reversed(list(walk(self, Layer))) if hasattr(layer, "activation")), None)
        if self.loss.from_logits and last is not None and last.activation in PROBABILITIES:
            raise ValueError(
                f"The loss has from_logits=True, but {last.name} ends in a {last.activation.__name__}: its outputs are "
                "probabilities. Drop the activation (better: exact everywhere), or from_logits."
            )


def _metric(metric, loss):
    return metrics.get(metric, loss is not None and (loss.from_logits or isinstance(loss, losses.Hinge)))


def _reported(logs, as_dict):
    return logs if as_dict else logs["loss"] if len(logs) == 1 else list(logs.values())


def _warn_if_sorted(y):
    labels = np.asarray(y)
    if labels.ndim == 1 and labels.dtype.kind in "iub" and labels[0] < labels[-1] and np.all(labels[1:] >= labels[:-1]):
        warnings.warn(
            "The labels are sorted, and validation_split takes the last examples as they come: their classes are hardly "
            "among those to learn from. Shuffle x and y together first.",
            stacklevel=3,
        )
