# Binder in the solution of a drying film on xi = z/h(t), both drying periods [Font2018]:
#   d/dt (lambda c) + d/dxi (F c - kappa dc/dxi) = -R,  zero flux at xi = 0 and 1.
# One Newton step d from c in an implicit stage of length tau. m is the derivative by c of all the
# binder at a node, in solution and set there during the stage; r is the binder that was at the node
# before the stage less what is there at c. F is the solution's flow through the cells. kappa
# depends on c, so that the step sees another diffusivity, k, and a drift, u. Vertex quadrature
# lumps what stands at the nodes, so that nodal masses add up to the integral exactly.
import basix.ufl
from ufl import Coefficient, Constant, FunctionSpace, Mesh, TestFunction, TrialFunction, dx

domain = Mesh(basix.ufl.element("Lagrange", "interval", 1, shape=(1,)))
V = FunctionSpace(domain, basix.ufl.element("Lagrange", "interval", 1))
W = FunctionSpace(domain, basix.ufl.element("DG", "interval", 0))
d, v = TrialFunction(V), TestFunction(V)
N, c, m, r = (Coefficient(V) for _ in range(4))
F, kappa, k, u = (Coefficient(W) for _ in range(4))
tau = Constant(domain)
dv = dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})

a = m * d * v * dv - tau * ((F - u) * d - k * d.dx(0)) * v.dx(0) * dx
b = r * v * dv + tau * (F * c - kappa * c.dx(0)) * v.dx(0) * dx
total = N * dx
forms = [a, b, total]
