import viz
from autograd import Value
from chainrule.course import compare, show, word

apple, apples = Value(100.0, label=word("apple")), Value(2.0, label=word("apples"))
mandarin, mandarins = Value(150.0, label=word("mandarin")), Value(3.0, label=word("mandarins"))
tax = Value(1.1, label=word("tax"))
total = apple * apples + mandarin * mandarins
total.label = word("total")
payment = total * tax
payment.backward()

arrives = total.grad
passed_on = [arrives * partial for partial in total.partials]
compare(word("what arrives at the sum"), arrives, 1.1)
compare(word("its own local derivatives"), total.partials, [1.0, 1.0])
compare(word("what it passes on"), passed_on, [1.1, 1.1])
show(viz.draw(payment, focus=total))
show(viz.draw(payment, at_step=10))

# %% answer
local = [payment.grad * partial for partial in payment.partials]
compare(word("the last node needs 650 and 1.1 alone"), local, [1.1, 650.0])
