"""Words of memory that several ranks see: written and read in order, and past the caches.

What one core has written lies in its cache, and another one fetches it from there line by line at
about 2 GB/s. Words that are streamed to memory and asked for ahead of their use travel at twice
that rate.
"""

from __future__ import annotations

from typing import Any

import llvmlite.ir as ll
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_BYTES = 8  # of a word


@intrinsic  # type: ignore[misc]
def acquire(typing: Any, words: Any, at: Any) -> Any:
    """Read words[at]; nothing that follows is read before."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load_atomic(_address(context, builder, signature, given), "acquire", _BYTES)

    return types.int64(words, types.intp), build


@intrinsic  # type: ignore[misc]
def release(typing: Any, words: Any, at: Any, value: Any) -> Any:
    """Write words[at] = value; all that was written before is there first."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        address = _address(context, builder, signature, given)
        builder.store_atomic(given[2], address, "release", _BYTES)
        return context.get_dummy_value()

    return types.void(words, types.intp, types.int64), build


@intrinsic  # type: ignore[misc]
def stream(typing: Any, words: Any, at: Any, value: Any) -> Any:
    """Write words[at] = value to memory, not into this core's cache; `drain` before `release`."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        address = _address(context, builder, signature, given)
        store = builder.store(given[2], address, align=_BYTES)
        store.set_metadata("nontemporal", builder.module.add_metadata([ll.IntType(32)(1)]))
        return context.get_dummy_value()

    return types.void(words, types.intp, types.float64), build


@intrinsic  # type: ignore[misc]
def drain(typing: Any) -> Any:
    """Wait until what was streamed has left this core."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.fence("seq_cst")
        return context.get_dummy_value()

    return types.void(), build


@intrinsic  # type: ignore[misc]
def prefetch(typing: Any, words: Any, at: Any) -> Any:
    """Ask for the cache line of words[at], which is read soon."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        word, pointer = ll.IntType(32), ll.PointerType(ll.IntType(8))
        kind = ll.FunctionType(ll.VoidType(), [pointer, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        address = builder.bitcast(_address(context, builder, signature, given), pointer)
        reading, near, data = word(0), word(3), word(1)
        builder.call(function, [address, reading, near, data])
        return context.get_dummy_value()

    return types.void(words, types.intp), build


def _address(context: Any, builder: Any, signature: Any, given: Any) -> ll.Value:
    kind = signature.args[0]
    array = context.make_array(kind)(context, builder, given[0])
    return cgutils.get_item_pointer(context, builder, kind, array, [given[1]], wraparound=False)
