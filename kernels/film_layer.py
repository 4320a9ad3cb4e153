# A quantity M(u) that moves between the layers of a film, on xi = z/h(t):
#   dM/dt + dG/dxi = 0,  zero flux at xi = 0 and 1; what crosses the surface stands in r.
# One Newton step d from u in an implicit stage of length tau. m = dM/du and the residual r stand at
# the nodes, r = M_0 - M + what is added there. The flux G through a cell depends on u at its two
# ends: g = dG/du_l + dG/du_r goes with the mean of d, k = (dG/du_r - dG/du_l) width/2 with its
# slope. Vertex quadrature lumps what stands at the nodes, so that their sum is the integral.
import basix.ufl
from ufl import Coefficient, Constant, FunctionSpace, Mesh, TestFunction, TrialFunction, dx

domain = Mesh(basix.ufl.element("Lagrange", "interval", 1, shape=(1,)))
V = FunctionSpace(domain, basix.ufl.element("Lagrange", "interval", 1))
W = FunctionSpace(domain, basix.ufl.element("DG", "interval", 0))
d, v = TrialFunction(V), TestFunction(V)
m, r = Coefficient(V), Coefficient(V)
G, g, k = (Coefficient(W) for _ in range(3))
tau = Constant(domain)
dv = dx(metadata={"quadrature_rule": "vertex", "quadrature_degree": 1})

a = m * d * v * dv - tau * (g * d + k * d.dx(0)) * v.dx(0) * dx
b = r * v * dv + tau * G * v.dx(0) * dx
forms = [a, b]
