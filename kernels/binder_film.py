# Binder in the solution of a drying film on xi = z/h(t), both drying periods [Font2018]:
#   d/dt (L c) + d/dxi (E xi c - kappa dc/dxi) = 0,  zero flux at xi = 0 and 1.
# One Newton step d from c in an implicit stage of length tau that starts with N = L c. kappa
# depends on c, so that the step sees another diffusivity, k, and a drift, u. Vertex quadrature
# lumps the mass, so that nodal masses add up to the integral exactly.
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
d, v = TrialFunction(V), TestFunction(V)
N, c = Coefficient(V), Coefficient(V)
kappa, k, u = Coefficient(W), Coefficient(W), Coefficient(W)
L, E, tau = (Constant(domain) for _ in range(3))
xi = SpatialCoordinate(domain)[0]
dv = dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})

a = L * d * v * dv - tau * ((E * xi - u) * d - k * d.dx(0)) * v.dx(0) * dx
b = (N - L * c) * v * dv + tau * (E * xi * c - kappa * c.dx(0)) * v.dx(0) * dx
total = N * dx
forms = [a, b, total]
