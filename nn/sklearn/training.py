"""How an estimator trains its network: scikit-learn's loss, steps on batches, L-BFGS, and when training stops."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import scipy.optimize
from scipy.special import xlogy
from sklearn.base import is_classifier
from sklearn.model_selection import train_test_split
from sklearn.utils import gen_batches

import autodiff as ad
from nn import settings
from nn.step import is_ours
from nn.typing import Function

ENOUGH = 100  # so many steps are worth the time of a trace
LEAST_RATE = 1e-6  # learning_rate="adaptive" goes no lower

COSTS: dict[str, Function] = {  # of each example with the truth y, where the network puts out z before its last activation
    "softmax": lambda y, z: -ad.sum(y * ad.log_softmax(z), axis=1),
    "logistic": lambda y, z: ad.sum(ad.softplus(z) - y * z, axis=1),
    "identity": lambda y, z: 0.5 * ad.sum(ad.square(z - y), axis=1),
    "exp": lambda y, z: ad.sum(ad.exp(z) - y * z + xlogy(y, y) - y, axis=1),
}


def loss_of(mlp: Any, x: Any, y: Any, w: Any) -> Any:
    """The mean cost of the examples, weighted by w, with a penalty: (sum w cost + alpha / 2 |kernels|^2) / sum w."""
    costs = COSTS[mlp.out_activation_](y, mlp.model_(x))
    penalty = 0.5 * mlp.alpha * sum(ad.sum(ad.square(layer.kernel)) for layer in mlp._dense())
    total = ad.sum(w)
    return (ad.sum(costs * w) + penalty) / (total + (total == 0)).astype(costs.dtype)


# -- steps on batches ------------------------------------------------------------------------------------------------


def descend(mlp: Any, x: np.ndarray, y: np.ndarray, w: np.ndarray, random: Any, partial: bool) -> str | None:
    """Take steps on batches until neither loss nor score improves, for max_iter epochs at most, or one if `partial`.
    Returns why the training has not converged, or None."""
    held = None
    if mlp.early_stopping:
        alike = y if is_classifier(mlp) and mlp.n_outputs_ == 1 else None
        parts = train_test_split(x, y, w, random_state=random, test_size=mlp.validation_fraction, stratify=alike)
        x, y, w, held = *parts[::2], parts[1::2]
        if len(held[0]) < 2:
            raise ValueError("Of the examples only one is left to validate: raise validation_fraction.")
    try:
        with settings.training():
            stopped = run_epochs(mlp, x, y, w, held, random, 1 if partial else mlp.max_iter)
    except KeyboardInterrupt:
        warnings.warn("Training interrupted by user.", stacklevel=4)
        stopped = True
    if held is not None:
        mlp.model_.set_weights(mlp._best_weights)
    if stopped or partial:
        return None
    return f"Maximum iterations ({mlp.max_iter}) reached, and the loss still improves: raise max_iter."


def run_epochs(mlp: Any, x: np.ndarray, y: np.ndarray, w: np.ndarray, held: Any, random: Any, most: int) -> bool:
    """Train for at most so many epochs. Whether it was stopped before."""
    variables = mlp.model_.trainable_variables

    def step(x: Any, y: Any, w: Any) -> Any:
        with ad.Tape() as tape:
            loss = loss_of(mlp, x, y, w)
        mlp._optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
        return loss

    size = min(200 if mlp.batch_size == "auto" else mlp.batch_size, len(x))
    trusted = all(map(is_ours, (*mlp.model_.layers, mlp._optimizer)))
    taken = ad.function(step, fallback=True, trusted=trusted) if most * -(-len(x) // size) >= ENOUGH else step
    order = np.arange(len(x))
    for mlp.n_iter_ in range(1, most + 1):
        total, order = 0.0, order[random.permutation(len(x))] if mlp.shuffle else order
        for batch in gen_batches(len(x), size):
            rows = order[batch]
            total += float(taken(x[rows], y[rows], w[rows])) * len(rows)
        mlp.loss_, mlp.t_ = total / len(x), mlp.t_ + len(x)
        if note_epoch(mlp, held):
            return True
    return False


def note_epoch(mlp: Any, held: Any) -> bool:
    """Keep the loss, and the score of the held examples. Whether to stop: neither has improved by tol for long enough."""
    mlp.loss_curve_.append(mlp.loss_)
    say(mlp, f"Iteration {mlp.n_iter_}, loss = {mlp.loss_:.8f}")
    if held is None:
        improved = not mlp.loss_ > mlp.best_loss_ - mlp.tol
        mlp.best_loss_ = min(mlp.best_loss_, mlp.loss_)
    else:
        with settings.training(False):
            score = mlp._score(*held)
        mlp.validation_scores_.append(score)
        say(mlp, f"Validation score: {score:.6f}")
        improved = not score < mlp.best_validation_score_ + mlp.tol
        if score > mlp.best_validation_score_:
            mlp.best_validation_score_, mlp._best_weights = score, mlp.model_.get_weights()
    mlp._unimproved = 0 if improved else mlp._unimproved + 1
    sgd, optimizer = mlp.solver == "sgd", mlp._optimizer
    if sgd and mlp.learning_rate == "invscaling":
        optimizer.learning_rate = mlp.learning_rate_init / (mlp.t_ + 1) ** mlp.power_t
    if mlp._unimproved <= mlp.n_iter_no_change:
        return False
    what = "Training loss" if held is None else "Validation score"
    why = f"{what} did not improve more than tol={mlp.tol:f} for {mlp.n_iter_no_change} consecutive epochs."
    if sgd and mlp.learning_rate == "adaptive" and optimizer.learning_rate > LEAST_RATE:
        optimizer.learning_rate, mlp._unimproved = optimizer.learning_rate / 5.0, 0
        say(mlp, f"{why} Setting learning rate to {optimizer.learning_rate:f}")
        return False
    say(mlp, f"{why} Stopping.")
    return True


def say(mlp: Any, text: str) -> None:
    if mlp.verbose:
        print(text)


# -- L-BFGS ----------------------------------------------------------------------------------------------------------


def minimize(mlp: Any, x: np.ndarray, y: np.ndarray, w: np.ndarray) -> str | None:
    """Give the loss of all examples, and its gradient, to scipy's L-BFGS-B. Returns why it has not converged, or None."""
    kernels, biases = zip(*[(layer.kernel, layer.bias) for layer in mlp._dense()])
    variables = [*kernels, *biases]
    cuts = np.cumsum([v.size for v in variables])[:-1]

    def assign(flat: np.ndarray) -> None:
        for v, part in zip(variables, np.split(flat, cuts)):
            v.assign(part.reshape(v.shape).astype(v.dtype))

    def loss_and_gradient(flat: np.ndarray) -> tuple[float, np.ndarray]:
        assign(flat)
        with ad.Tape() as tape:
            loss = loss_of(mlp, x, y, w)
        gradients = tape.gradient(loss, variables)
        return float(loss), np.concatenate([g.numpy().ravel() for g in gradients]).astype(float)

    start = np.concatenate([v.numpy().ravel() for v in variables]).astype(float)
    options = {"maxiter": mlp.max_iter, "maxfun": mlp.max_fun, "gtol": mlp.tol}
    found = scipy.optimize.minimize(loss_and_gradient, start, jac=True, method="L-BFGS-B", options=options)
    assign(found.x)
    mlp.loss_, mlp.n_iter_ = float(found.fun), min(found.nit, mlp.max_iter)
    say(mlp, f"Iteration {mlp.n_iter_}, loss = {mlp.loss_:.8f}")
    return f"lbfgs stopped after {found.nit} iterations: {found.message}" if found.status else None
