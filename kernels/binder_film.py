# Binder in the liquid of a drying film on xi = z/h(t), both drying periods [Font2018]:
#   d/dt (L c) + d/dxi (E xi c - kappa dc/dxi) = -k_g L (c - c_g)+ ,  zero flux at xi = 0 and 1.
# One implicit stage of length tau, from the conserved density N = L c of the stage's start; chi
# marks the nodes that gel. Vertex quadrature lumps mass and gelation, so that nodal masses add up
# to the integral exactly.
import basix.ufl
from ufl import (
    Coefficient,
    Constant,
    FunctionSpace,
    Mesh,
    SpatialCoordinate,
    TestFunction,
    TrialFunction,
    dx,
)

domain = Mesh(basix.ufl.element("Lagrange", "interval", 1, shape=(1,)))
V = FunctionSpace(domain, basix.ufl.element("Lagrange", "interval", 1))
W = FunctionSpace(domain, basix.ufl.element("DG", "interval", 0))
c, v = TrialFunction(V), TestFunction(V)
N, chi = Coefficient(V), Coefficient(V)
kappa = Coefficient(W)
L, E, tau, k_g, c_g = (Constant(domain) for _ in range(5))
xi = SpatialCoordinate(domain)[0]
dv = dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})

a = (1 + tau * k_g * chi) * L * c * v * dv - tau * (E * xi * c - kappa * c.dx(0)) * v.dx(0) * dx
b = (N + tau * k_g * chi * L * c_g) * v * dv
total = N * dx
forms = [a, b, total]
