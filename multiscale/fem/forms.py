"""Weak forms compiled at build time from kernels/*.py; nothing is compiled at run time."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from collections.abc import Mapping, Sequence
from typing import Any

from multiscale.errors import StageFailed

_REINSTALL = "reinstall multiscale (uv sync --reinstall-package multiscale-electrode)"


def start() -> None:
    """Load DOLFINx and the compiled forms. Collective over every rank of the job.

    The import starts PETSc, which waits for all ranks: call this on each of them before a solve
    that runs on some only.

    Raises:
        StageFailed: as `library`.
    """
    library()


@functools.cache
def library() -> ctypes.CDLL:
    """Open the library of compiled forms and check that it fits the DOLFINx that runs.

    Raises:
        StageFailed: DOLFINx or the library is missing, or the two do not fit.
    """
    try:
        # mpi4py loads the libmpi that DOLFINx looks for. The HDF5 inside h5py and the one inside
        # DOLFINx's PETSc live together only if h5py's comes first.
        from mpi4py import MPI  # noqa: F401

        import h5py  # noqa: F401
        import dolfinx  # isort: skip
    except ImportError as error:
        raise StageFailed(
            f"DOLFINx did not load ({error}); install it with conda, spack or apt, "
            "or the wheel with: pip install 'multiscale-electrode[fem]'"
        ) from error
    # An editable install keeps the library away from the sources, so that __file__ cannot find it.
    try:
        spec = importlib.util.find_spec("multiscale._lib.forms")
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise StageFailed(
            f"the compiled weak forms are missing from this installation: {_REINSTALL}"
        )
    forms = ctypes.CDLL(spec.origin)
    built = ctypes.c_char_p.in_dll(forms, "multiscale_ufcx_signature").value or b""
    if built.decode() != dolfinx.ufcx_signature:
        raise StageFailed(
            f"the compiled weak forms do not fit DOLFINx {dolfinx.__version__}: {_REINSTALL}"
        )
    return forms


def form(
    stem: str,
    name: str,
    mesh: Any,
    spaces: Sequence[Any] = (),
    coefficients: Mapping[str, Any] | None = None,
    constants: Mapping[str, Any] | None = None,
) -> Any:
    """Bind the compiled form `name` of kernels/<stem>.py to functions and constants.

    Args:
        mesh: the `dolfinx.mesh.Mesh` to integrate over.
        spaces: test space, then trial space; none for a functional.
        coefficients: every `Coefficient` of the form by its name in the kernel.
        constants: every `Constant` of the form by its name in the kernel.

    Returns:
        A `dolfinx.fem.Form`.

    Raises:
        StageFailed: the library is missing or has no such form.
    """
    forms = library()
    import dolfinx.cpp.fem
    from dolfinx import fem

    try:
        address = ctypes.c_void_p.in_dll(forms, f"form_{stem}_{name}").value
    except ValueError as error:
        raise StageFailed(
            f"no compiled form '{name}' of kernels/{stem}.py: {_REINSTALL}"
        ) from error
    return fem.Form(
        dolfinx.cpp.fem.create_form_float64(
            address,
            [space._cpp_object for space in spaces],
            {key: value._cpp_object for key, value in (coefficients or {}).items()},
            {key: value._cpp_object for key, value in (constants or {}).items()},
            {},
            [],
            mesh._cpp_object,
        )
    )
