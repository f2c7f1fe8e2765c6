import json

import viz
from autograd import Value
from chainrule.course import compare, item, show, word
from chainrule.course.pages import notebook

chosen = [item("B11")]
cells = json.loads(notebook(chosen, "en"))["cells"]
kinds = [cell["cell_type"] for cell in cells]

installs = cells[2]["source"][-1].strip()
compare(word("the first cell of code installs"), installs, "%pip install --quiet chainrule")
compare(word("cells of code: install, language, program, answer"), kinds.count("code"), 4)
printed = next(cell["outputs"][0]["text"] for cell in cells if cell.get("outputs"))
compare(word("outputs are in it"), printed[1], "s₂₀  7.31231688013 = 7.31231688013\n")

x = Value(2.0, label="x")
y = x**2
y.backward()
show(viz.draw(y))

# %% answer
program = "".join(cells[5]["source"])
lines = [line for line in program.splitlines() if not line.startswith(("compare", "show"))]
names = {}
exec("\n".join(lines).replace("0.2", "0.4"), names)
compare(word("factor of each step with a = 0.4"), names["path"][1] / names["path"][0], 0.2)
