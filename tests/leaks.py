"""What a test may not leave behind: an open tape, a setting, numpy's error state, a thread; and what the engine itself may not
keep: a tape, a node, a box."""

import collections
import contextvars
import functools
import gc
import itertools
import sys
import threading
import types

import numpy as np

import nn
from autodiff.core.box import Box
from autodiff.core.graph import Anchor, Graph
from autodiff.core.kept import forget
from autodiff.core.levels import levels
from autodiff.core.listening import ACTIVE, current, deaf
from autodiff.core.node import ArrayNode
from autodiff.core.op import everything_recorded
from autodiff.core.recorder import Recorder
from autodiff.core.span import Span
from autodiff.debugging.debugger import in_rules
from autodiff.failures import syntax
from autodiff.scalar import held
from autodiff.scalar.value import Value
from autodiff.tape import gradients

OTHERS = (  # libraries with threads
    "tqdm", "playwright", "matplotlib", "zmq", "jupyter", "ipykernel", "asyncio", "concurrent", "joblib",
    "multiprocessing",  # threads of a pool that joblib has ended, which end a little later
)  # fmt: skip
RECORDS = (Recorder, Graph, Anchor, ArrayNode, Span, Box)


def state():
    """{what: how it is}, of all that a test must leave as it was."""
    graph = current()
    return {
        "the open recorders": [] if graph is None else [*map(id, graph.recorders)],
        "the graph that hears operations": None if graph is None else id(ACTIVE.get()),
        "whether a trace records everything": everything_recorded.get(),
        "the batches under way": len(levels()),
        "how many recorders hear of no escape": deaf() if graph is not None else 0,
        "whether a rule runs": in_rules.get(),
        "whether layers are in training": nn.settings.is_training(),
        "whether targets are checked": nn.settings.targets_checked(),
        "the dtype of layers": nn.settings.floatx(),
        "the borrowed generator": id(nn.settings._borrowed.get()),
        "numpy's error state": np.geterr(),
        "numpy's error function": np.geterrcall(),
        "the threads": {thread for thread in threading.enumerate() if not of_a_library(thread)},
    }


def of_a_library(thread):
    """Whether a thread belongs to a library that keeps it."""
    run = getattr(thread, "_target", None) or type(thread)
    return any(name in f"{getattr(run, '__module__', '')} {thread.name}".lower() for name in OTHERS)


def differences(before, after):
    """In words, what is not as it was. (Of threads, those that are new.)"""
    same = lambda what: after[what] <= before[what] if what == "the threads" else after[what] == before[what]
    return [f"{what}: {after[what]}, before {before[what]}" for what in before if not same(what)]


# -- what the engine keeps ---------------------------------------------------------------------------------------------------

CONTAINERS = (
    dict, list, tuple, set, frozenset, collections.deque, types.MappingProxyType, types.CellType, types.MethodType,
    functools.partial, type(functools.cache(len)), contextvars.Context,
)  # fmt: skip


def inside(x):
    """What x holds, if x is a container or belongs to the engine. Of a function: its closure, defaults and attributes."""
    if isinstance(x, types.FunctionType):
        return [x.__closure__, x.__defaults__, x.__kwdefaults__, x.__dict__]
    if isinstance(x, type):
        return [vars(x)] if is_ours(x.__module__) else []
    if isinstance(x, CONTAINERS) or type(x).__name__ == "_lru_list_elem":
        return gc.get_referents(x)
    return gc.get_referents(x) if is_ours(type(x).__module__) else []


def is_ours(module):
    return isinstance(module, str) and module.split(".")[0] in ("autodiff", "nn")


def kept():
    """The tapes, nodes and boxes that the modules of the engine, and this context, refer to in any way."""
    nn.masks.forget()
    held.let_go()
    waiting = [vars(module) for name, module in list(sys.modules.items()) if is_ours(name)]
    waiting += contextvars.copy_context().values()
    allowed = {id(gradients.KEPT), id(held.HELD)}  # the memory of the last tape; what others still refer to
    trees = {id(syntax._sources), id(syntax._codes)}  # of the files: hundreds of thousands of objects without a box
    seen, found = {*map(id, waiting), *allowed, *trees}, []
    while waiting:
        for x in inside(waiting.pop()):
            if x is not None and id(x) not in seen and not isinstance(x, types.ModuleType):
                seen.add(id(x))
                if isinstance(x, RECORDS):
                    found.append(x)
                else:
                    waiting.append(x)
    return found


def marked():
    """The Values that a walk has marked, in graphs that a tape still keeps."""
    forget()  # the graph of the last gradient: no other will be taken of it
    graphs = [anchor.graph for anchor in gc.get_objects() if type(anchor) is Anchor]
    return [x for x in itertools.chain(*[graph.nodes for graph in graphs]) if isinstance(x, Value) and x._reached]
