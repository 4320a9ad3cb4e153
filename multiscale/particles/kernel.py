"""From a choice of laws to one compiled kernel.

The laws chosen are written out, in the order given, into a Python module of their own, which Numba
compiles with everything inlined. The module's name is a hash of its text and of the sources of all
laws and of what they call: Numba's cache does not notice an edited function that was inlined, nor a
changed global, and a closure would never hit it; a file of its own for each content meets all.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numba
from numba.core.dispatcher import Dispatcher

from multiscale.files import replacing
from multiscale.jit_cache import module_folder
from multiscale.particles import law as contract
from multiscale.particles.law import BodyLaw, Law, PairLaw
from multiscale.particles.sweep import Needs, module_text

_BOND_KERNEL = ("bond_block.py", "bond_kernel.py", "bond_motion.py", "bond_squeeze.py")
_OWN = Path(__file__).resolve().parent


class Kernel(NamedTuple):
    """The compiled functions of a choice of laws; see `layout` for their arguments."""

    advance: Callable[..., Any]
    respond_to_pairs: Callable[..., Any]
    respond_to_walls: Callable[..., Any]
    act_on_bodies: Callable[..., Any]
    history: int
    vectors: tuple[int, ...]  # slots of the history that change sign with the pair's order
    rows: int  # of the block buffer
    fingerprint: str


_loaded: dict[str, Kernel] = {}


def compile_laws(
    laws: Sequence[Law],
    *,
    types: int,
    flow: bool = False,
    book: bool = False,
    bonds: bool = False,
) -> Kernel:
    """Make the kernel of these laws; nothing is compiled before the first call.

    Args:
        laws: pair laws and body laws; their forces add.
        types: number of types of particle (one type spares the look-up of parameters).
        flow: the box deforms.
        book: sum the energy dissipated by the pair laws and the work of box and body laws.
        bonds: there are bonds between particles.
    """
    pair = [law.kind for law in laws if isinstance(law.kind, PairLaw)]
    body = [law.kind for law in laws if isinstance(law.kind, BodyLaw)]
    needs = _needs(pair)._replace(types=types > 1, flow=flow, book=book, bonds=bonds)
    text, rows = module_text(pair, body, needs)
    name = _fingerprint(text, [k.function for k in pair] + [k.function for k in body])
    if name not in _loaded:
        module = _load(name, text, pair, body)
        _loaded[name] = Kernel(
            module.advance,
            module.respond_to_pairs,
            module.respond_to_walls,
            module.act_on_bodies,
            sum(kind.history for kind in pair),
            tuple(_vector_slots(pair)),
            rows,
            name,
        )
    return _loaded[name]


def _vector_slots(pair: Sequence[PairLaw]) -> Iterator[int]:
    start = 0
    for kind in pair:
        yield from range(start, start + 3 * len(kind.vectors))
        start += kind.history


def _needs(pair: Sequence[PairLaw]) -> Needs:
    """Find the fields of the contact that the laws, and the functions they call, look at."""
    names: set[str] = set()
    for kind in pair:
        for function in _functions(kind.function):
            if function is not contract.force.py_func:
                names.update(function.__code__.co_names)
    return Needs(
        spin=not names.isdisjoint({"wx", "wy", "wz"}),
        radii=not names.isdisjoint({"ri", "rj"}),
        ids=not names.isdisjoint({"id_i", "id_j"}),
        couple="Response" in names,
        types=False,
        flow=False,
        book=False,
        bonds=False,
    )


def _functions(root: Callable[..., Any]) -> list[Any]:
    """List a jitted function and every jitted function it calls, as plain Python functions."""
    found: list[Any] = []
    stack = [root]
    while stack:
        function = stack.pop()
        function = function.py_func if isinstance(function, Dispatcher) else function
        if function in found:
            continue
        found.append(function)
        stack.extend(v for _, v in _captured(function) if isinstance(v, Dispatcher))
    return found


def _captured(function: Any) -> Iterator[tuple[str, Any]]:
    """Yield the globals and closed-over values that a function refers to by name."""
    cells = dict(zip(function.__code__.co_freevars, function.__closure__ or (), strict=True))
    yield from ((name, cell.cell_contents) for name, cell in cells.items())
    for name in function.__code__.co_names:
        if name in function.__globals__:
            yield name, function.__globals__[name]
        for module in function.__globals__.values():  # a law called as module.law
            if isinstance(module, ModuleType) and isinstance(getattr(module, name, 0), Dispatcher):
                yield name, getattr(module, name)


def _fingerprint(text: str, functions: Sequence[Callable[..., Any]]) -> str:
    total = hashlib.sha256(f"{sys.version} {numba.__version__} {text}".encode())
    total.update(os.environ.get("NUMBA_CPU_NAME", "").encode())
    for own in (
        "law.py",
        "layout.py",
        "live.py",
        "frame_kernel.py",
        "window.py",
        "shared_words.py",
        *_BOND_KERNEL,
    ):
        total.update((_OWN / own).read_bytes())
    for root in functions:
        for function in _functions(root):
            # Numba's cache names the module: of a copy elsewhere it would look for the original.
            total.update(f"{function.__module__} {_source(function)}".encode())
            for name, value in sorted(_captured(function), key=lambda item: item[0]):
                if not isinstance(value, (Dispatcher, ModuleType)):
                    total.update(f"{name}={value!r}".encode())
    return total.hexdigest()[:24]


def _source(function: Any) -> str:
    try:
        return inspect.getsource(function)
    except OSError:  # typed at a prompt: its code stands for it
        return repr((function.__code__.co_code, function.__code__.co_consts))


def _load(name: str, text: str, pair: Sequence[PairLaw], body: Sequence[BodyLaw]) -> ModuleType:
    path = module_folder() / f"{name}.py"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as scratch:
            scratch.write_text(text)
    spec = importlib.util.spec_from_file_location(f"multiscale_kernel_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    functions = [kind.function for kind in pair] + [kind.function for kind in body]
    for k, function in enumerate(functions):
        setattr(module, f"law_{k}", function)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
