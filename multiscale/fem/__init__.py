"""Finite elements: compiled weak forms, meshes and solves.

DOLFINx is imported inside functions, after `forms.library()`, which keeps the order in which MPI
and HDF5 must be loaded. The first call is collective: see `forms.start`.
"""
