# Steady conduction on hexahedra:
#   int d grad u . grad v = 0  for all v,  u given on two opposite planes, no flux elsewhere.
# d is constant in each cell. With linear and with quadratic elements.
import basix.ufl
from ufl import Coefficient, FunctionSpace, Mesh, TestFunction, TrialFunction, dx, grad, inner

domain = Mesh(basix.ufl.element("Lagrange", "hexahedron", 1, shape=(3,)))
d = Coefficient(FunctionSpace(domain, basix.ufl.element("DG", "hexahedron", 0)))


def stiffness(degree):
    V = FunctionSpace(domain, basix.ufl.element("Lagrange", "hexahedron", degree))
    return d * inner(grad(TrialFunction(V)), grad(TestFunction(V))) * dx


linear, quadratic = stiffness(1), stiffness(2)
forms = [linear, quadratic]
