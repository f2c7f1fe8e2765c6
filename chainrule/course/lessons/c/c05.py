from autograd import Value
from autograd.graph import members
from chainrule.course import compare, word

units = [[Value(0.1), Value(0.2)], [Value(0.5), Value(0.4)], [Value(0.9), Value(0.6)]]
x = (0.55, 0.35)

squared = [sum((w.data - p) ** 2 for w, p in zip(unit, x, strict=True)) for unit in units]
c = squared.index(min(squared))
compare(word("squared distances"), squared, [0.225, 0.005, 0.185])
compare(word("winner"), c, 1)

E = sum((p - w) ** 2 for w, p in zip(units[c], x, strict=True)) / 2
leaves = [v for v in members(E) if not v.parents]
compare(word("the choice is not in the graph: its leaves are the winner's weights"), len(leaves), 2)
E.backward()
compare(word("the others have no gradient"), [w.grad for i in (0, 2) for w in units[i]], [0.0] * 4)

# %% answer
further = [sum((w.data - p) ** 2 for w, p in zip(unit, (0.7, 0.5), strict=True)) for unit in units]
compare(word("half way between units 1 and 2: a tie, the first wins"), further.index(min(further)), 1)
