import viz
from autograd import Value
from chainrule.course import compare, show, word

price = Value(100.0, label="x")
payment = price * 2 * 1.1
payment.label = "y"
payment.backward()
show(viz.draw(payment, show_constants="inside", symbols=True))
show(viz.html(payment, show_constants="inside"))  # a page: raise the price by 1 there

before = payment.data
price.data += 1
payment.forward()
compare(word("payment at 101 yen"), payment.data, 222.2)
compare(word("its difference"), payment.data - before, 2.2)
compare(word("gradient by the price"), price.grad, 2.2)

# %% answer
price.grad = 0.0
(price * 2 * 1.2).backward()
compare(word("gradient by the price"), price.grad, 2.4)
