"""Functions on arrays of another library: what they ask of the library is heard once, and asked directly from then on."""

import functools
import operator
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from samples import leaves, over, planted

import autodiff as ad
from autodiff.core import transfer
from autodiff.core.external import held
from autodiff.core.libraries import Library
from autodiff.core.op import Op
from autodiff.core.which_library import LIBRARIES
from autodiff.functions.elsewhere import Elsewhere, Step
from autodiff.functions.fusing import Chain, chained
from autodiff.functions.heard import Heard, Line
from autodiff.functions.kernels import Cell, NotTraceable, spread
from autodiff.functions.program import Instruction, Symbol
from benchmarks.subjects import steps
from external import strict
from external.right_or_refused import differentiated, outputs

FIRST = {row.function: row for row in reversed(differentiated())}  # one row for each function
ROWS = {row.id: row for row in FIRST.values()}
CALLS = 4  # a trace that confirms, one that hears, and two of what was heard


@pytest.fixture(autouse=True)
def constants_of_numpy(monkeypatch):
    monkeypatch.setattr(transfer, "called_by_user", lambda: False)


def of_row(row):
    """The float outputs of a row, and the gradients of their weighted sum, as a function of its arrays."""

    def function(*xs):
        with ad.Tape() as tape:
            tape.watch(list(xs))
            ys = outputs(row.function(*planted(row.args, iter(xs)), **row.keywords))
        seeds = [ad.constant(strict.array(np.cos(np.arange(y.size) + 0.3).reshape(y.shape).astype(y.dtype))) for y in ys]
        return [*ys, *tape.gradient(ys, list(xs), output_gradients=seeds, unconnected_gradients="zero")]

    return function


@functools.cache
def replayed(row_id):
    """Whether each call of a replayed function gives what the function itself gives, or a sentence why it can't be replayed."""
    row = ROWS[row_id]
    function = of_row(row)
    program = ad.function(function)
    for call in range(CALLS):
        xs = [ad.constant(strict.array(np.array(x) * (1 - call / 64))) for x in leaves(row.args)]
        try:
            expected = function(*xs)  # test_samples_elsewhere says what is refused
            found = program(*xs)
        except (transfer.Refusal, NotTraceable) as error:
            return str(error)
        for a, b in zip(found, expected, strict=True):
            np.testing.assert_allclose(ad.to_numpy(a), ad.to_numpy(b), 1e-9, 1e-11)
    return True


@over(ROWS.values())
def test_a_replayed_function_is_what_it_is_without_a_trace(row):
    assert replayed(row.id)


def test_most_functions_are_replayed():
    assert [replayed(row_id) for row_id in ROWS].count(True) >= 0.85 * len(ROWS)


def called_by(function, *numbers, times=CALLS):
    """What a function returns for arrays of the other library, and the library's functions that its last call has used."""
    program = ad.function(function)
    for _ in range(times):
        xs = [ad.constant(strict.array(x)) if isinstance(x, np.ndarray) else x for x in numbers]
        strict.CALLED.clear(), strict.COPIED.clear()
        y = program(*xs)
    assert not strict.COPIED
    return ad.to_numpy(y), list(strict.CALLED)


X = np.linspace(-1.0, 2.0, 6).reshape(2, 3)


def test_elementwise_operations_that_follow_one_another_are_one():
    y, called = called_by(lambda x: np.exp(np.sin(x) * 2.0 - x), X)
    assert called == ["fused"]
    np.testing.assert_allclose(y, np.exp(np.sin(X) * 2.0 - X), 1e-15)


def test_a_number_that_changes_is_part_of_a_chain():
    program = ad.function(lambda x, rate: x - rate * np.sin(x))
    for call in range(CALLS):
        strict.CALLED.clear()
        y = program(ad.constant(strict.array(X)), 0.5 * call)
        np.testing.assert_allclose(ad.to_numpy(y), X - 0.5 * call * np.sin(X), 1e-15)
    assert list(strict.CALLED) == ["copy", "fused"]  # the first is of the argument


def test_a_chain_runs_before_what_reads_it():
    y, called = called_by(lambda x: np.exp(np.sum(np.sin(x) + 1.0, axis=0) * 2.0), X)
    assert called == ["fused", "sum", "fused"]
    np.testing.assert_allclose(y, np.exp(np.sum(np.sin(X) + 1.0, axis=0) * 2.0), 1e-15)


def test_chains_of_two_shapes_do_not_break_each_other():
    y, called = called_by(lambda x: np.exp(np.sin(x)) * np.sum(np.cos(np.sin(x[0]))), X)
    assert called.count("fused") == 2
    np.testing.assert_allclose(y, np.exp(np.sin(X)) * np.sum(np.cos(np.sin(X[0]))), 1e-15)


def test_a_chain_reads_an_array_before_it_is_written_into():
    lines = []
    x = Heard(strict.array(X), lines)
    add = strict.Ufunc(np.add)
    a = x.note(add, (x, 1.0))
    b = a.note(add, (a, 1.0))
    x.note(operator.setitem, (x, 0, 5.0), writes=True)
    c = b.note(add, (b, x))
    library = LIBRARIES[strict.StrictArray]
    first, write, last = chained(library, lines)
    assert isinstance(first, Chain) and [line.y for line in first.lines] == [a, b]
    assert isinstance(write, Line) and write.writes
    assert isinstance(last, Chain) and [line.y for line in last.lines] == [c]


def test_where_a_chain_can_not_be_one_its_operations_run_by_themselves(monkeypatch):
    def refuse(function):
        def refused(*xs):
            raise TypeError("not supported")

        return refused

    monkeypatch.setattr(LIBRARIES[strict.StrictArray].namespace, "fuse", refuse, raising=False)
    y, called = called_by(lambda x: np.exp(np.sin(x) * 2.0), X)
    assert called == ["sin", "multiply", "exp"]
    np.testing.assert_allclose(y, np.exp(np.sin(X) * 2.0), 1e-15)


def test_what_looks_at_numbers_runs_anew_each_time():
    forward = lambda x: np.exp(x) if bool(np.sum(x) > 0) else np.sin(x)
    op = Op("looks", forward, forward, 1, (None,))
    library, x, y = LIBRARIES[strict.StrictArray], Cell(), Cell()
    instruction = Instruction(op, [Symbol("input", None)], {}, [Symbol("result", None)], is_batched=True, library=library)
    run = Elsewhere(library)
    run.steps.append(Step(instruction, (y,), [x], (spread, ((y,), forward, (x,), {}))))
    run.kept.add(id(y))
    for numbers in (X + 2.0, X + 3.0, -X - 2.0, X + 2.0):
        x.value = held(strict.array(numbers))
        run()
        np.testing.assert_array_equal(y.value.data.get(), np.exp(numbers) if numbers.sum() > 0 else np.sin(numbers))


def test_what_an_operation_asks_for_before_it_looks_is_asked_once():
    library, x, y, z = LIBRARIES[strict.StrictArray], Cell(held(strict.array(X))), Cell(), Cell()
    run = Elsewhere(library)
    for forward, source, out in ((np.sin, x, y), (lambda x: np.exp(x) if bool(np.sum(x) > 0) else x, y, z)):
        op = Op("step", forward, forward, 1, (None,))
        instruction = Instruction(op, [Symbol("input", None)], {}, [Symbol("result", None)], is_batched=True, library=library)
        run.steps.append(Step(instruction, (out,), [source], (spread, ((out,), forward, (source,), {}))))
    run.kept.add(id(z))
    run()
    strict.CALLED.clear()
    run()
    assert list(strict.CALLED) == ["sin", "sum", "greater", "exp"]


def test_numbers_drawn_on_the_host_are_new_in_each_call():
    rng, again = np.random.default_rng(0), np.random.default_rng(0)
    program = ad.function(lambda x: np.sin(x) * ad.random_draw(rng.normal, X.shape))
    for _ in range(CALLS):
        y = program(ad.constant(strict.array(X)))
        np.testing.assert_allclose(ad.to_numpy(y), np.sin(X) * again.normal(size=X.shape), 1e-15)


def test_results_that_nobody_reads_are_let_go():
    program = ad.function(lambda x: np.sum(np.exp(np.dot(x, np.ones(3))) ** 2.0))
    for _ in range(CALLS):
        program(ad.constant(strict.array(X)))
    (bound,) = next(iter(program._entries.values())).bound
    runs = [function for function, _ in bound.calls if isinstance(function, Elsewhere)]
    cells = [out for run in runs for step in run.steps for out in step.outs]
    assert len([cell for cell in cells if cell.value is not None]) == 1 < len(cells)


def test_a_call_that_fails_leaves_the_next_one_whole():
    program = ad.function(lambda a: np.sum(np.linalg.inv(a) @ np.exp(a)))
    for numbers in (np.eye(2), np.eye(2), np.zeros((2, 2)), np.eye(2), 2.0 * np.eye(2)):
        x = ad.constant(strict.array(numbers))
        if not numbers.any():
            with pytest.raises(np.linalg.LinAlgError):
                program(x)
        else:
            assert ad.to_numpy(program(x)) == np.sum(np.linalg.inv(numbers) @ np.exp(numbers))


def test_a_library_of_which_nothing_is_known_but_numpys_protocols(monkeypatch):
    monkeypatch.setitem(LIBRARIES, strict.StrictArray, Library("external"))
    y, called = called_by(lambda x: np.sum(np.exp(np.sin(x) * 2.0), axis=0), X)
    assert called == ["sin", "multiply", "exp", "sum"]
    np.testing.assert_allclose(y, np.sum(np.exp(np.sin(X) * 2.0), axis=0), 1e-15)
    library = SimpleNamespace(asarray=strict.array, tanh=np.tanh, mean=np.mean)
    on_numpy, eager, replayed = [build(((8, 4, 1), 16), given) for build, given in (
        (steps.autodiff, np), (steps.autodiff, library), (steps.autodiff_function, library))]  # fmt: skip
    for _ in range(CALLS):
        expected = float(on_numpy())
        for step in (eager, replayed):
            np.testing.assert_allclose(float(step()), expected, 1e-6)


def test_where_all_arrays_are_numpys_no_library_is_known():
    program = """
import numpy as np, autodiff as ad
from autodiff.core.which_library import LIBRARIES
f = ad.function(lambda x: np.sum(np.sin(x)))
for _ in range(3): f(ad.constant([1.0, 2.0]))
assert not LIBRARIES  # else each call of a function of several ops looks for other libraries
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
