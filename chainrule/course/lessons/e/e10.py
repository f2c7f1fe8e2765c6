import viz
from autograd import Value
from chainrule.course import compare, show, word

apple, apples = Value(100.0, label=word("apple")), Value(2.0, label=word("apples"))
mandarin, mandarins = Value(150.0, label=word("mandarin")), Value(3.0, label=word("mandarins"))
tax = Value(1.1, label=word("tax"))

for_apples = apple * apples
for_mandarins = mandarin * mandarins
total = for_apples + for_mandarins
payment = total * tax
payment.label = word("payment")
payment.backward()

compare(word("forward"), [for_apples, for_mandarins, total, payment], [200.0, 450.0, 650.0, 715.0])
compare(word("gradients of apple, apples"), [apple.grad, apples.grad], [2.2, 110.0])
compare(word("gradients of mandarin, mandarins"), [mandarin.grad, mandarins.grad], [3.3, 165.0])
compare(word("gradient of the tax"), tax.grad, 650.0)
compare(word("gradients on the way"), [for_apples.grad, for_mandarins.grad, total.grad], [1.1, 1.1, 1.1])
show(viz.draw(payment, backward=True))

# %% answer
most = max((apple, apples, mandarin, mandarins), key=lambda leaf: leaf.grad)
compare(word("one more mandarin raises the payment most"), most is mandarins, True)
mandarins.data += 1
payment.forward()
compare(word("payment with one more"), payment.data, 715.0 + 165.0)
