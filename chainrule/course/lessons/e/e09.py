import viz
from autograd import Value
from chainrule.course import compare, show, word

price = Value(100.0, label=word("price"))
number = Value(2.0, label=word("number"))
tax = Value(1.1, label=word("tax"))

subtotal = price * number
payment = subtotal * tax
payment.label = word("payment")
payment.backward()

compare(word("payment"), payment.grad, 1.0)
compare(word("the 200 yen"), subtotal.grad, 1.1)
compare(word("price"), price.grad, 2.2)
compare(word("number"), number.grad, 110.0)
compare(word("tax"), tax.grad, 200.0)
show(viz.draw(payment, backward=True))

# %% answer
number.data = 5.0
payment.forward()
payment.zero_grad()
payment.backward()
compare(word("price"), price.grad, 5.5)
compare(word("number"), number.grad, 110.0)
compare(word("tax"), tax.grad, 500.0)
