"""Two apples at 100 yen each, 10% tax: what is paid, and how it changes with each of the three. Writes apples.svg.

python examples/apples.py

The same in a REPL (python -m autograd), line by line.
"""

from __future__ import annotations

import viz
from autograd import Value
from chainrule.arguments import arguments

arguments(__doc__)

price = Value(100.0, label="リンゴの値段")
count = Value(2.0, label="リンゴの個数")
tax = Value(1.1, label="消費税")

subtotal = price * count
total = subtotal * tax
subtotal.label, total.label = "小計", "支払金額"
total.backward()

print(f"支払金額 {total:.0f} 円")
for v in (price, count, tax):
    print(f"∂支払金額/∂{v.label} = {v.grad:g}")
print(viz.text(total))
viz.save(total, "apples.svg")
