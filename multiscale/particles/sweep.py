"""Write the module of a choice of laws: the gaps of `sweep_text`, `wall_text` and `measure_text`
filled.

Only what the laws look at is gathered, and only what they give is scattered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import batched
from string import Template
from typing import NamedTuple

from multiscale.particles.book_text import book_text
from multiscale.particles.law import BodyLaw, PairLaw
from multiscale.particles.layout import IMAGE_SHIFT, INDEX_MASK, B
from multiscale.particles.measure_text import MEASURE
from multiscale.particles.sweep_text import BOND_IMPORT, BONDS, SWEEP
from multiscale.particles.wall_text import WALLS

_FIXED_ROWS = 12  # x, v, u, and r_i + r_j, r_i r_j, 1/m_i + 1/m_j
_LONGEST_TUPLE = 30  # beyond, Python builds a list first, which Numba does not know


class Needs(NamedTuple):
    """What the laws look at, so that the kernel gathers nothing else."""

    spin: bool  # omega_i - omega_j
    radii: bool  # r_i and r_j apart
    ids: bool
    couple: bool  # some law gives a couple
    types: bool  # several types: parameters differ from pair to pair
    flow: bool  # the box deforms: images have a velocity
    book: bool  # sum the energy dissipated, and the work of box and body laws
    bonds: bool  # there are bonds between particles


class Text(NamedTuple):
    """A kernel module's source, and the rows of its block buffer."""

    source: str
    rows: int


def module_text(pair: Sequence[PairLaw], body: Sequence[BodyLaw], needs: Needs) -> Text:
    """Write the kernel module of these laws."""
    history = sum(kind.history for kind in pair)
    radii = needs.radii or needs.spin or needs.couple
    rows = _FIXED_ROWS
    h0, rows = rows, rows + history
    w0, rows = rows, rows + 3 * needs.spin
    r0, rows = rows, rows + 2 * radii
    k0, rows = rows, rows + needs.types * sum(len(kind.parameters) for kind in pair)
    e0, rows = rows, rows + needs.book
    p0, rows = rows, rows + (needs.book and needs.flow)
    booked = book_text(
        book=needs.book, flow=needs.flow, bonds=needs.bonds, bodies=bool(body), row=p0
    )

    gather = []
    if needs.flow:
        gather += [f"b[{3 + a}*B + q] -= SV[c, {a}]" for a in range(3)]
    if radii:
        gather += [f"b[{r0}*B + q] = X[i, 3]", f"b[{r0 + 1}*B + q] = X[j, 3]"]
    if needs.spin:
        gather += [
            f"b[{w0 + a}*B + q] = V[i, {4 + a}] / X[i, 3] - V[j, {4 + a}] / X[j, 3]"
            for a in range(3)
        ]
    if needs.ids:
        gather += ["ib[q] = G[i]", "ib[B + q] = G[j]"]
    copy_in = [f"copy_to(b, {h0 + s}*B, H[{s}, k0:k0 + m])" for s in range(history)]
    hoisted, parameters, k = [], [], k0
    for a, kind in enumerate(pair):
        if needs.types:
            copy_in += [
                f"look_up(b, {k + c}*B, T[{a}], {c}, K[k0:k0 + m])"
                for c in range(len(kind.parameters))
            ]
            parameters += [
                f"P{a}({_list(f'b[{k + c}*B + q]' for c in range(len(kind.parameters)))})"
            ]
            k += len(kind.parameters)
        else:
            hoisted += [f"p{a} = P{a}({_columns(f'T[{a}]', '0', kind)})"]
            parameters += [f"p{a}"]
    scatter = []
    if needs.couple:
        scatter = [
            f"F[f, {4 + a}] += b[{6 + a}*B + q] / X[i, 3]; "
            f"F[g, {4 + a}] -= b[{6 + a}*B + q] / X[j, 3]"
            for a in range(3)
        ]
    spin = [f"b[{w0 + a}*B + q]" if needs.spin else "0.0" for a in range(3)]
    sizes = [f"b[{r0}*B + q]", f"b[{r0 + 1}*B + q]"] if radii else ["0.0", "0.0"]
    source = Template(SWEEP + WALLS + MEASURE).substitute(
        block=B,
        mask=INDEX_MASK,
        shift=IMAGE_SHIFT,
        classes="\n\n".join(_classes([k.parameters for k in pair] + [k.parameters for k in body])),
        respond=_respond(pair),
        gather=_lines(8, gather),
        copy_in=_lines(4, copy_in),
        hoisted=_lines(4, hoisted),
        spin=_list(spin),
        sizes=_list(sizes),
        ids="ib[q], ib[B + q]" if needs.ids else "0, 0",
        parameters=_tuple(parameters),
        history_in=_tuple(f"b[{h0 + s}*B + q]" for s in range(history)),
        history_out=_lines(8, [f"b[{h0 + s}*B + q] = r[{9 + s}]" for s in range(history)]),
        couple_out=_lines(
            8, [f"b[{6 + a}*B + q] = r[{4 + a}]" for a in range(3)] if needs.couple else []
        ),
        book_out=_lines(8, [f"b[{e0}*B + q] = r[8]"] if needs.book else []),
        copy_out=_lines(
            4, [f"copy_from(b, {h0 + s}*B, H[{s}, k0:k0 + m])" for s in range(history)]
        ),
        scatter=_lines(8, scatter),
        book=f"sum_lost(m, k0, J, n, b, {e0}*B)" if needs.book else "0.0",
        wall_parameters=_tuple(
            f"P{a}({_columns(f'T[{a}]', 'k', kind)})" for a, kind in enumerate(pair)
        ),
        wall_history=_tuple(f"WH[{s}, q]" for s in range(history)),
        wall_history_out=_lines(8, [f"WH[{s}, q] = r[{9 + s}]" for s in range(history)]),
        each=_lines(8, _each(pair)),
        bonds=BONDS if needs.bonds else "",
        imports=BOND_IMPORT if needs.bonds else "",
        bodies=_lines(8, _bodies(len(pair), body)),
        act=_lines(8, _bodies(len(pair), body) or ["pass"]),
        **{
            gap: text if isinstance(text, str) else _lines(12 if gap == "box_pairs" else 8, text)
            for gap, text in booked.items()
        },
    )
    return Text(source, rows)


def _lines(indent: int, lines: Iterable[str]) -> str:
    return ("\n" + " " * indent).join(lines)


def _list(items: Iterable[str]) -> str:
    return ", ".join(items)


def _tuple(items: Iterable[str]) -> str:
    """Write a tuple; longer ones than Numba takes in one piece as a sum of tuples."""
    parts = list(batched(items, _LONGEST_TUPLE)) or [()]
    return " + ".join("(" + "".join(f"{item}, " for item in part) + ")" for part in parts)


def _columns(table: str, row: str, kind: PairLaw | BodyLaw) -> str:
    return _list(f"{table}[{row}, {c}]" for c in range(len(kind.parameters)))


def _classes(parameters: Sequence[tuple[str, ...]]) -> list[str]:
    """Write a named tuple for the parameters of each law."""
    fields = [[f"{name}: float" for name in names] or ["pass"] for names in parameters]
    return [f"class P{k}(NamedTuple):\n    {_lines(4, f)}" for k, f in enumerate(fields)]


def _slots(pair: Sequence[PairLaw]) -> list[range]:
    ends, start = [], 0
    for kind in pair:
        ends.append(range(start, start + kind.history))
        start += kind.history
    return ends


def _respond(pair: Sequence[PairLaw]) -> str:
    """Add the laws up; contact laws see the clipped overlap and are masked."""
    lines: list[str] = []
    touching: list[int] = []
    reaching: list[int] = []
    for a, (kind, slots) in enumerate(zip(pair, _slots(pair), strict=True)):
        seen = "c" if kind.reach_of else "touch"
        lines += [f"r{a}, g{a} = law_{a}({seen}, p[{a}], {_tuple(f'h[{s}]' for s in slots)})"]
        (reaching if kind.reach_of else touching).append(a)
    sums = []
    for name in ("fn", "fx", "fy", "fz", "mx", "my", "mz", "stored", "lost"):
        masked = " + ".join(f"r{a}.{name}" for a in touching)
        free = [f"r{a}.{name}" for a in reaching]
        sums += [" + ".join(([f"(({masked}) if on else 0.0)"] if touching else []) + free) or "0.0"]
    histories = [
        f"g{a}[{s - slots.start}]" if a in reaching else f"(g{a}[{s - slots.start}] if on else 0.0)"
        for a, slots in enumerate(_slots(pair))
        for s in slots
    ]
    return _lines(4, [*lines, f"return {_tuple([*sums, *histories])}"])


def _each(pair: Sequence[PairLaw]) -> list[str]:
    """Store the response of each law apart, for the measurements."""
    lines = []
    for a, (kind, slots) in enumerate(zip(pair, _slots(pair), strict=True)):
        seen, on = ("c", "True") if kind.reach_of else ("touch", "on")
        h = _tuple(f"H[{s}, e]" for s in slots)
        lines += [f"r{a}, g{a} = law_{a}({seen}, P{a}({_columns(f'T[{a}]', 'k', kind)}), {h})"]
        lines += [f"for v in range(9): out[{a}, v, q] = r{a}[v] if {on} else 0.0"]
        lines += [f"if keep: H[{s}, e] = g{a}[{s - slots.start}] if {on} else 0.0" for s in slots]
    return lines


def _bodies(first: int, body: Sequence[BodyLaw]) -> list[str]:
    if not body:
        return []
    lines = [
        "ir = 1.0 / X[i, 3]",
        "body = Body(X[i, 0], X[i, 1], X[i, 2], V[i, 0], V[i, 1], V[i, 2], V[i, 4]*ir, V[i, 5]*ir,"
        " V[i, 6]*ir, X[i, 3], V[i, 7], G[i], step, time, dt)",
    ]
    for a, kind in enumerate(body, start=first):
        columns = _columns(f"TB[{a - first}]", "A[i]", kind)
        lines += [
            f"q = law_{a}(body, P{a}({columns}))",
            "fx += q[0]; fy += q[1]; fz += q[2]",
            "gx += q[3]*ir; gy += q[4]*ir; gz += q[5]*ir",
        ]
    return lines
