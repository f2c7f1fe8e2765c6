from autograd import Value
from chainrule.course import compare, word

price, number, tax = Value(100.0), Value(2.0), Value(1.1)
payment = price * number * tax
payment.backward()
gradients = [price.grad, number.grad, tax.grad]
compare(word("gradients"), gradients, [2.2, 110.0, 200.0])

changes = []
for leaf in (price, number, tax):
    before = payment.data
    leaf.data += 1
    payment.forward()
    changes.append(payment.data - before)
    leaf.data -= 1
    payment.forward()
compare(word("changes when one input grows by 1"), changes, gradients)

# %% answer
price.data, number.data, tax.data = 101.0, 3.0, 2.1
payment.forward()
compare(word("all three at once"), payment.data - 220, 636.3 - 220)
compare(word("more than the sum of the gradients"), payment.data - 220 > sum(gradients), True)
