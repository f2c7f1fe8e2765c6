import viz
from autograd import Value
from chainrule.course import compare, show, word

apple = Value(100.0, label=word("apple"))
two_apples = apple * 2
payment = two_apples * 1.1
payment.label = word("payment")

compare("100 × 2", two_apples.data, 200.0)
compare("200 × 1.1", payment.data, 220.0)
compare(word("Values in the graph that can change"), len(two_apples.parents), 1)
show(viz.draw(payment, show_constants="inside"))

# %% answer
back = payment / 1.1 / 2
compare("220 ÷ 1.1 ÷ 2", back.data, 100.0)
