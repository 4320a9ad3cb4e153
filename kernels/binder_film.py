# Binder in the liquid of a shrinking film, on the Landau coordinate xi = z/h(t) [Font2018]:
#   d/dt (L c) + d/dxi ( E xi c - kappa dc/dxi ) = 0,  zero flux at xi = 0 and 1
import basix.ufl
from ufl import Coefficient, Constant, FunctionSpace, Mesh, SpatialCoordinate, TestFunction, TrialFunction, dx

domain = Mesh(basix.ufl.element("Lagrange", "interval", 1, shape=(1,)))
V = FunctionSpace(domain, basix.ufl.element("Lagrange", "interval", 1))
c, v = TrialFunction(V), TestFunction(V)
c_old = Coefficient(V)
L, L_old, E, kappa, dt = (Constant(domain) for _ in range(5))
xi = SpatialCoordinate(domain)[0]
a = (L * c * v - dt * (E * xi * c - kappa * c.dx(0)) * v.dx(0)) * dx
b = L_old * c_old * v * dx
mass = c_old * dx
forms = [a, b, mass]
