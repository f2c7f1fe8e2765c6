import viz
from autograd import Value
from chainrule.course import compare, show, word

apple = Value(100.0, label=word("apple"))
number = Value(2.0, label=word("number"))
tax = Value(1.1, label=word("tax"))
payment = apple * number * tax
payment.label = word("payment")

compare(word("payment"), payment.data, 220.0)
compare(word("operation of each node"), [payment.op, payment.parents[0].op], ["mul", "mul"])
compare(word("operands of the first node"), [v.data for v in payment.parents[0].parents], [100.0, 2.0])
show(viz.draw(payment))

# %% answer
payment.backward()
compare(word("gradients by apple, number, tax"), [apple.grad, number.grad, tax.grad], [2.2, 110.0, 200.0])
