# Steady conduction on hexahedra:
#   int d grad u . grad v = int q v  for all v,  u given on driven planes, no flux elsewhere.
# d and q are constant in each cell, and so is w, which asks for the power of one:
#   int d |grad u|^2 w.
# With linear and with quadratic elements.
import basix.ufl
from ufl import Coefficient, FunctionSpace, Mesh, TestFunction, TrialFunction, dx, grad, inner

domain = Mesh(basix.ufl.element("Lagrange", "hexahedron", 1, shape=(3,)))
V_1, V_2 = (
    FunctionSpace(domain, basix.ufl.element("Lagrange", "hexahedron", degree)) for degree in (1, 2)
)
W = FunctionSpace(domain, basix.ufl.element("DG", "hexahedron", 0))
d, q = Coefficient(W), Coefficient(W)
u_1, u_2 = Coefficient(V_1), Coefficient(V_2)


def stiffness(V):
    return d * inner(grad(TrialFunction(V)), grad(TestFunction(V))) * dx


def source(V):
    return q * TestFunction(V) * dx


def power(u):
    return d * inner(grad(u), grad(u)) * TestFunction(W) * dx


linear, quadratic = stiffness(V_1), stiffness(V_2)
linear_source, quadratic_source = source(V_1), source(V_2)
linear_power, quadratic_power = power(u_1), power(u_2)
forms = [
    linear, quadratic, linear_source, quadratic_source, linear_power, quadratic_power,
]  # fmt: skip
