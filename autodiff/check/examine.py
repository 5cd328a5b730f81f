"""The verdict on one derivative of a function: what can be told by differences is told, and what is wrong is explained."""

from __future__ import annotations

import numpy as np

from autodiff.check.differences import LONGER, Slopes, Vector, estimate, taylor_order
from autodiff.check.layout import unflat
from autodiff.check.lines import along, look, search, uncertainty, weigh
from autodiff.check.mistakes import LARGEST, mistake, mistake_in
from autodiff.check.primitive import faults
from autodiff.check.problem import Problem
from autodiff.check.verdict import Verdict

KINK = "the slope jumps, and the gradient lies within the jump"


def examine(problem: Problem, plain: Vector, rng: np.random.Generator) -> Verdict:
    """The verdict with the results weighted by `plain`."""
    if not np.isfinite(problem.middle).all():
        return nonfinite_result(problem)
    try:
        gradient = problem.pullback(plain)
    except ValueError as error:
        return Verdict("wrong", f"the gradient can't be computed: {str(error).rstrip('.')}{culprit(problem)}")
    if not np.isfinite(gradient).all():
        return nonfinite_gradient(problem, gradient)
    verdict, weights = along_lines(problem, plain, rng)
    if verdict is None and problem.symmetric_parts():
        verdict = along_symmetric(problem, weights, rng)
    return verdict or one_by_one(problem, weights, plain, rng)


def nonfinite_result(problem: Problem) -> Verdict:
    for k, y in enumerate(unflat(problem.middle, problem.output_parts)):
        for place in np.argwhere(~np.isfinite(y)):
            where = f" at {place.tolist()}" if place.size else ""
            return Verdict(
                "nonfinite", f"result {k}{where} is {y[tuple(place)].item()}, so there is no difference to compare with"
            )
    raise AssertionError  # it is called where there is one


def nonfinite_gradient(problem: Problem, gradient: Vector) -> Verdict:
    index = int(np.flatnonzero(~np.isfinite(gradient))[0])
    value = problem.pullback(np.ones(problem.middle.size))[index]
    return Verdict("nonfinite", f"{problem.name_of(index)}: the tape says {value}")


# -- along lines -----------------------------------------------------------------------------------------------------------


def along_lines(problem: Problem, plain: Vector, rng: np.random.Generator) -> tuple[Verdict | None, Vector]:
    """The verdict, if two lines through all numbers allow one: pass or noise. Otherwise the weights with which they do not,
    which are 0 for results of which differences tell nothing."""
    weights, verdict = plain, Verdict("pass", f"{problem.point.size} numbers, to order 1")
    for k in range(2):
        direction = problem.random_direction(rng)
        found = along(problem, direction, weights, float(problem.pullback(weights) @ direction))
        if k == 0:
            weights = balanced(plain, problem.middle, found)
        hidden = np.isfinite(found.error) & (np.abs(found.value) <= 10 * found.error) & ~found.jumps
        seen = np.where(hidden, 0.0, weights)
        if weigh(found, seen, float(problem.pullback(seen) @ direction)).kind != "pass":
            return None, seen
        still = found.still & (weights != 0)
        claim = float(problem.pullback(plain * still) @ direction) if still.any() else 0.0
        if claim and not problem.drowns(claim, problem.step):
            return None, weights * still
        claim = float(problem.pullback(plain * hidden) @ direction) if hidden.any() else 0.0
        if abs(claim) > 1e-3 * float(np.linalg.norm((plain * found.value)[~hidden])):
            if not within_rounding(problem, direction, plain * hidden, claim):
                return None, weights * hidden
            size = float(np.max(np.abs(problem.middle[hidden])))
            text = f"{int(hidden.sum())} of {hidden.size} results, of size {size:.3g}, are too coarse to show their slope"
            verdict = Verdict("noise", f"{text}, {claim:.3g} along a line")
    return verdict, plain


def balanced(plain: Vector, middle: Vector, found: Slopes) -> Vector:
    """The weights divided by the size of each result, so that a large one does not hide a small one."""
    slope = np.where(np.isfinite(found.value), np.abs(found.value), 0.0)
    size = np.maximum(np.abs(middle) + slope, 1e-8 * float(slope.max(initial=0.0)))
    return plain / np.where(size > 0, size, 1.0)


def within_rounding(problem: Problem, direction: Vector, weights: Vector, claim: float) -> bool:
    """Whether rounding explains why differences do not show that the results with these weights have the slope `claim`."""
    for h in problem.step * np.array([1.0, *LONGER]):
        if not problem.drowns(claim, h):
            found = estimate(lambda t: problem.at(problem.point + t * direction), problem.middle, h, problem.eps)
            error = uncertainty(found, weights)
            if error <= 0.1 * abs(claim):
                return bool(abs(claim - np.sum(weights * found.value)) <= 10 * error)
    return True


def along_symmetric(problem: Problem, weights: Vector, rng: np.random.Generator) -> Verdict | None:
    """The verdict, if the gradient is right along symmetric directions, and every rule is right by itself, but for those of
    ops that read one triangle of a matrix (cholesky, eigh): these have to be right along symmetric directions only."""
    gradient, where = problem.pullback(weights), problem.symmetric_parts()
    kinds = {look(problem, problem.symmetrized(problem.random_direction(rng), where), weights, gradient).kind for _ in range(3)}
    found = faults(problem.tape.span)
    if "wrong" in kinds or not found or any(fault != "triangle" for fault, _ in found.values()):
        return None
    if problem.escapes.found and not problem.reads_one_triangle(where):
        return None  # what has left the tape may depend on the antisymmetric part
    kind = next((kind for kind in ("noise", "kink") if kind in kinds), "pass")
    text = f"{problem.point.size} numbers, to order 1; along symmetric directions, as {', '.join(found)} reads one triangle"
    return Verdict(kind, text)


# -- one by one ------------------------------------------------------------------------------------------------------------


def one_by_one(problem: Problem, weights: Vector, plain: Vector, rng: np.random.Generator, near: str = "") -> Verdict:
    """The verdict on the numbers themselves, and on a wrong one what is wrong with it."""
    n = problem.point.size
    found = search(problem, weights, problem.pullback(weights), rng)
    if found.wrong is not None:
        return wrong(problem, weights, plain * (weights != 0), found.wrong, near)
    if not found.complete and not near:  # too many kinks to look at all: beside them there are none
        away = 1e-3 * problem.random_direction(rng)
        for other in (problem.shifted(problem.point + away), problem.shifted(problem.point - away)):
            if np.isfinite(other.middle).all() and np.isfinite(other.pullback(plain)).all():
                verdict, weights = along_lines(other, plain, rng)
                verdict = verdict or one_by_one(other, weights, plain, rng, " near the point")
                if verdict.kind == "wrong":
                    return verdict
    more = "" if found.complete else " or more"
    if found.kinks:
        return Verdict("kink", f"at {found.kinks}{more} of {n} numbers {KINK}")
    if found.noisy:
        return Verdict("noise", f"at {found.noisy}{more} of {n} numbers the difference is within the rounding of a difference")
    return Verdict("pass", f"{n} numbers, to order 1")


def wrong(problem: Problem, weights: Vector, plain: Vector, block: tuple[int, int], near: str) -> Verdict:
    """The worst number of the array in which the block of wrong numbers stands, and what is known of its mistake."""
    gradient = problem.pullback(weights)
    if block[1] - block[0] > 1:
        ends = f"{problem.name_of(block[0])} to {problem.name_of(block[1] - 1)}"
        return Verdict("wrong", f"{ends}{near}: each number by itself passes, but a line through all of them does not")
    _, where, part = problem.array_of(block[0])
    chosen = np.arange(where.start, where.stop)
    if chosen.size > LARGEST:
        nearby = chosen[max(0, block[0] - where.start - 5) :][:10]
        chosen = np.union1d(nearby, np.random.default_rng(0).choice(chosen, 10, False))
    numeric, misses = np.zeros(chosen.size), np.zeros(chosen.size)
    for k, j in enumerate(chosen):
        finding = look(problem, problem.single(j), weights, gradient)
        numeric[k] = finding.value / problem.scale[j] if problem.scale[j] else 0.0
        misses[k] = abs(finding.exact - finding.value) / (abs(finding.value) + 1e-300) if finding.kind == "wrong" else -1.0
    text = comparison(problem, int(chosen[np.argmax(misses)]), plain, near)
    whole = chosen.size == part.size and not part.is_complex
    had, right = (x.reshape(part.shape) if whole else x for x in (gradient[chosen], numeric))
    shapes = [one.shape for one in (*problem.parts, *problem.output_parts)]
    return Verdict("wrong", text + culprit(problem, mistake(had, right, shapes)))


def comparison(problem: Problem, j: int, plain: Vector, near: str) -> str:
    """Number j as the tape and as differences have it: the gradient of the sum of the results, or, where errors cancel in it,
    of the sum with these weights."""
    direction = problem.single(j)
    for weights in (1.0 * (plain != 0), plain):
        exact = float(problem.pullback(weights)[j])
        found = weigh(along(problem, direction, weights, exact * problem.scale[j]), weights, exact * problem.scale[j])
        if found.kind == "wrong":
            break
    value = found.value / problem.scale[j]
    text = f"{problem.name_of(j)}{near}: the tape says {exact:.8g}, finite differences {value:.8g}"
    order = taylor_order(lambda t: float(weights @ problem.at(problem.point + t * direction)), problem.step, found.exact)
    if np.isfinite(order):
        text += f" (the Taylor remainder shrinks at order {order:.1f}; 2 is right)"
    return text


def culprit(problem: Problem, known: str = "") -> str:
    """The op at fault and the mistake in it; or else the way by which the number left the tape, or the mistake `known`."""
    found = faults(problem.tape.span)
    rules = {name: pair for name, pair in found.items() if pair[0] != "triangle"}
    escapes = problem.escapes.told()
    if not rules and escapes:
        return f"; numbers left the tape, and with them their gradient: {escapes}"
    text = ""
    if len(rules or found) == 1:
        ((name, (fault, primitive)),) = (rules or found).items()
        text, known = f"; the op at fault is {name}", mistake_in(primitive, fault) or known
    return text + (f". Probably {known}" if known else "")
