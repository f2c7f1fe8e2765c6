import viz
from autograd import Value
from chainrule.course import compare, show, word

labels = [1.0, 1.5, 0.0]
outputs = [Value(0.2, label="ŷ₁"), Value(1.7, label="ŷ₂"), Value(-0.4, label="ŷ₃")]

loss = sum((y - output) ** 2 for y, output in zip(labels, outputs, strict=True)) / 2
loss.label = "loss"
loss.backward()

compare(word("loss"), loss.data, 0.42)
compare(word("gradients: output − label"), [v.grad for v in outputs], [-0.8, 0.2, -0.4])
show(viz.draw(loss))

# %% answer
mean = sum((y - v.data) ** 2 for y, v in zip(labels, outputs, strict=True)) / 3
compare(word("the mean without ½ is the same times 2/3"), mean, 0.42 * 2 / 3)
