"""What a model is trained for: the losses of its outputs and their weights, and the metrics that are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from nn import losses, metrics
from nn.arguments import brief, deeper, is_structure, number, wrong
from nn.data import match_trailing_axis
from nn.losses import Loss
from nn.metrics import Metric

MANY = (list, tuple, dict)


class Tracker(metrics.Mean):
    """The mean of the losses of all batches since the last reset, each weighed by its number of examples."""

    better = "min"

    def add(self, value: float, count: float) -> None:
        self.total, self.count = self.total + value * count, self.count + count


class CompiledMetrics(Metric):
    """All metrics of `compile` as one, for steps of a subclass: sample weights count for those among weighted_metrics only."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.name = objective, "compile_metrics"

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.objective.update(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        return {metric.name: metric.result() for metric in self.objective.metrics}

    def reset_state(self) -> None:
        for metric in self.objective.metrics:
            metric.reset_state()


@dataclass
class Head:
    """One output of a model: its place among the outputs, its key there (None if it is the only one), its name, and what it is
    trained for."""

    place: int
    key: Any
    name: str
    loss: Loss | None = None
    weight: float = 1.0
    metrics: list[Metric] = field(default_factory=list)
    weighted: list[Metric] = field(default_factory=list)
    tracker: Tracker | None = None

    def of(self, several: Any) -> Any:
        """What belongs to this output: in a list by its place, in a dict by its key or its name, anything else as it is."""
        if self.key is None:
            return several
        if isinstance(several, dict):
            return several.get(self.key, several.get(self.name))
        return several[self.place] if isinstance(several, (list, tuple)) else several

    def output(self, outputs: Any) -> Any:
        """This output among those of the model."""
        return outputs if self.key is None else outputs[self.key]


class Objective:
    """The losses and metrics that `compile` was given, and after `bind` one Head for each output of the model."""

    def __init__(self, loss: Any, loss_weights: Any = None, given: Any = None, weighted: Any = None) -> None:
        self.loss = for_each_output(losses.get, loss)
        self.loss_weights = for_each_output(lambda weight: number("loss_weights", weight), loss_weights)
        self.given, self.weighted = for_each_output(checked_metric, given), for_each_output(checked_metric, weighted)
        self.tracker, self.together = Tracker("loss"), CompiledMetrics(self)
        self.heads: list[Head] = []
        self.metrics: list[Metric] = []  # those of all outputs
        self.trackers = [self.tracker]  # of the whole loss, and of each of several outputs
        if not any(isinstance(x, dict) for x in (self.loss, self.given, self.weighted)) and not isinstance(self.loss, list):
            self.bind(None)  # to one output, until it is known that there are more

    @property
    def has_loss(self) -> bool:
        return any(head.loss is not None for head in self.heads)

    @property
    def compiled(self) -> list[Metric]:
        """The metrics as one, if there are any."""
        return [self.together] if self.metrics else []

    def gathering(self, metrics: list[Metric]) -> list[Metric]:
        """All that gathers over batches: the losses, the compiled metrics, and what else a model has among its `metrics`."""
        own = [metric for metric in metrics if not isinstance(metric, CompiledMetrics)]
        return list(dict.fromkeys([*self.trackers, *self.metrics, *own]))

    def bind(self, outputs: Any, names: list[str] | None = None) -> None:
        """Find what each of the outputs is trained for. Raises ValueError for a loss of an output that is not there."""
        places = list(places_of(outputs, names))
        if [(head.place, head.key, head.name) for head in self.heads] == places:
            return
        self.heads = [Head(*place) for place in places]
        for what, given in (("loss", self.loss), ("loss_weights", self.loss_weights), ("metrics", self.given),
                            ("weighted_metrics", self.weighted)):  # fmt: skip
            check_names(what, given, self.heads)
        for head in self.heads:
            head.loss, weight = head.of(self.loss), head.of(self.loss_weights)
            head.weight = 1.0 if weight is None else weight
            head.metrics, head.weighted = (
                [metric_of(m, head.loss) for m in listed(head.of(given))] for given in (self.given, self.weighted)
            )
            for metric in (*head.metrics, *head.weighted) if head.key is not None else ():
                metric.name = f"{head.name}_{metric.name.removeprefix(f'{head.name}_')}"
        with_loss = [head for head in self.heads if head.loss is not None]
        for head in with_loss if len(with_loss) > 1 else ():
            head.tracker = Tracker(f"{head.name}_loss")
        self.metrics = [metric for head in self.heads for metric in (*head.metrics, *head.weighted)]
        self.trackers = [self.tracker, *(head.tracker for head in self.heads if head.tracker is not None)]
        names_of = [metric.name for metric in self.metrics]
        if len(set(names_of)) < len(names_of):
            raise ValueError(f"Metrics need different names, but got {', '.join(names_of)}.")

    # -- computing -----------------------------------------------------------------------------------------------------------

    def compute(self, y: Any, p: Any, w: Any) -> tuple[Any, list[Any]]:
        """The sum of the losses, each times its weight, and of several outputs the loss of each; 0 where there is no loss."""
        listed = isinstance(y, (list, tuple)) and len(y) == len(self.heads)
        if len(self.heads) > 1 and not (y is None or isinstance(y, dict) or listed):
            raise ValueError(
                f"The model has {len(self.heads)} outputs, so y is a list of as many arrays, or a dict by their names "
                f"({', '.join(head.name for head in self.heads)}), but got {len(y) if isinstance(y, MANY) else 'one array'}."
            )
        total: Any = None
        parts = []
        for head in self.heads:
            if head.loss is None:
                continue
            target, output = head.of(y), head.output(p)
            if target is None:
                raise no_targets(head.name)
            value = head.loss(match_trailing_axis(target, output), output, head.of(w))
            if head.tracker is not None:
                parts.append(value)
            value = value if head.weight == 1.0 else value * head.weight
            total = value if total is None else total + value
        return 0.0 if total is None else total, parts

    def update(self, y: Any, p: Any, w: Any) -> None:
        """Take the outputs of a batch into account in all metrics."""
        for head in self.heads:
            for metric in head.metrics:
                metric.update_state(head.of(y), head.output(p))
            for metric in head.weighted:
                metric.update_state(head.of(y), head.output(p), head.of(w))


def places_of(outputs: Any, names: list[str] | None) -> Iterator[tuple[int, Any, str]]:
    """(place, key, name) of each output. Its key in a list is its place."""
    if not isinstance(outputs, MANY):
        yield 0, None, ""
        return
    keys = list(outputs) if isinstance(outputs, dict) else range(len(outputs))
    for k, key in enumerate(keys):
        if is_structure(outputs[key]):
            raise ValueError("A model of outputs within outputs has no place for compiled losses: override compute_loss.")
        yield k, key, str(key) if isinstance(outputs, dict) else names[k] if names else f"output_{k + 1}"


def no_targets(name: str) -> ValueError:
    """The error of targets that a loss needs, to be raised."""
    if name:
        return ValueError(f"There are no targets for the output {name!r}, which has a loss.")
    return ValueError("There are no targets: y is None. Write fit(x, y); to reproduce the inputs, fit(x, x).")


def check_names(what: str, given: Any, heads: list[Head]) -> None:
    """Raise ValueError for a dict with another name than those of the outputs, and for a list of another length."""
    several = heads[0].key is not None
    if isinstance(given, dict) and not several:
        raise ValueError(f"{what} is a dictionary, but the model has one output: give {what} for it alone.")
    known = [name for head in heads for name in (head.key, head.name)]
    if isinstance(given, dict) and (unknown := [key for key in given if key not in known]):
        raise ValueError(f"{what} has {brief(unknown)}, but the outputs are {', '.join(head.name for head in heads)}.")
    if isinstance(given, (list, tuple)) and several and len(given) != len(heads):
        raise ValueError(f"{what} has {len(given)} parts, but the model has {len(heads)} outputs.")


def for_each_output(function: Any, given: Any, depth: int = 0) -> Any:
    """`function` of what was given for each output; None stays None."""
    if isinstance(given, Mapping):
        return {key: for_each_output(function, part, deeper(depth)) for key, part in given.items()}
    if isinstance(given, (list, tuple)):
        return [for_each_output(function, part, deeper(depth)) for part in given]
    return None if given is None else function(given)


def listed(wanted: Any) -> list[Any]:
    """The metrics of one output: one, or several in a list."""
    return [] if wanted is None else list(wanted) if isinstance(wanted, (list, tuple)) else [wanted]


def checked_metric(metric: Any) -> Any:
    """A metric as it was given, whose name is known."""
    if not (isinstance(metric, (str, Metric)) or callable(metric)):
        raise wrong("metrics", "a list of names, functions and Metrics", metric)
    metrics.get(metric)
    return metric


def metric_of(metric: Any, loss: Loss | None) -> Metric:
    return metrics.get(metric, loss is not None and (loss.from_logits or isinstance(loss, losses.Hinge)))
