"""A function of numbers, recorded once and called many times: loss and gradient of the micrograd workload."""

import itertools

import numpy as np

from benchmarks.subject import Contender, Subject
from benchmarks.subjects import values


def start(case):
    """The parameters that the network begins with."""
    return values.Network(case[0], float, values.relu_of_float).parameters


def of_parameters(case, make, relu):
    """(parameters, loss), with the parameters made by `make`; the points stay plain numbers."""
    sizes, points = case
    network = values.Network(sizes, make, relu)
    return network.parameters, values.loss_of(network, points, float, relu)


def autodiff_function(case, **options):
    import autodiff as ad

    @ad.function(**options)
    def both(params):
        given = iter(params)
        with ad.Tape() as tape:
            _, loss = of_parameters(case, lambda _: next(given), ad.Value.relu)
        return loss, tape.gradient(loss, params)

    params = [ad.Value(x) for x in start(case)]
    return lambda: both(params)


def autodiff_jit(case):
    return autodiff_function(case, jit=True)


def casadi_record(case):
    import casadi

    numbers = itertools.count()
    params, loss = of_parameters(case, lambda _: casadi.SX.sym(f"p{next(numbers)}"), lambda z: casadi.fmax(z, 0))
    inputs = casadi.vertcat(*params)
    return casadi.Function("both", [inputs], [loss, casadi.gradient(loss, inputs)])


def casadi(case):
    both, x = casadi_record(case), np.array(start(case))
    return lambda: [np.asarray(part) for part in both(x)]


def casadi_buffers(case):
    """CasADi's fastest call: it reads and writes memory that it was given before."""
    both, x = casadi_record(case), np.array(start(case))
    buffer, call = both.buffer()
    loss, slopes = np.zeros(1), np.zeros(len(x))
    buffer.set_arg(0, memoryview(x))
    buffer.set_res(0, memoryview(loss))
    buffer.set_res(1, memoryview(slopes))

    def run(alive=(both, buffer, x)):  # CasADi itself keeps none
        call()
        return loss, slopes

    return run


def aadc(case):
    import aadc

    program = aadc.Functions()
    program.start_recording()
    places = []

    def parameter(x):
        number = aadc.idouble(x)
        places.append(number.mark_as_input())
        return number

    _, loss = of_parameters(case, parameter, lambda z: aadc.iif(z > 0.0, z, 0.0 * z))
    end = loss.mark_as_output()
    program.stop_recording()
    program.compile("scalar")
    workspace, x = program.create_workspace(kind="scalar"), start(case)

    def run():
        for place, number in zip(places, x):
            workspace.set_val(place, number)
        workspace.forward()
        workspace.set_diff(end, 1.0)
        workspace.reverse()
        return workspace.val(end), [workspace.diff(place) for place in places]

    return run


SUBJECT = Subject(
    title="A function of Values, recorded once: the micrograd workload (sizes, points)",
    cases=values.SUBJECT.cases,
    quick=values.SUBJECT.quick,
    contenders={
        "floats, the loss alone": Contender(values.floats),
        "autodiff, @ad.function": Contender(autodiff_function, ("ad.function",)),
        "autodiff, @ad.function(jit=True)": Contender(autodiff_jit, ("ad.function", "numba")),
        "CasADi": Contender(casadi, ("casadi",)),
        "CasADi by its buffers": Contender(casadi_buffers, ("casadi",)),
        "aadc": Contender(aadc, ("aadc",)),
    },
    expected=values.expected,
    operations=values.operations,
)
