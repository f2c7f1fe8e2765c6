# The names that node.py (with scopes.py) and node.h both keep, as value.py takes them when it is compiled; and value and partials of the table's
# operations, from the kernels that build_kernels.py prints (in Python: operation.py).

cdef extern from "node.h":
    enum: REACHED
    enum: NO_SCOPE
    void nodes_are(object class_)
    int set_in_class(object class_, object name, object function) except -1

    object new_leaf(double y)
    bint begin(object v, double y) noexcept
    object node_of_one(int code, double y, object x, double partial)
    object node_of_two(int code, double y, object left, object right, int nodes, double by_left, double by_right)
    object node_of_many(int code, double y, object operands, list numbers)
    object folded(int code, list ws, list xs, list rest, object bias, bint recording)
    object twin_of(object v, dict copies)

    tuple operands_of(object v)
    tuple partials_of(object v)
    Py_hash_t hash_of(object v) noexcept
    object label_of(object v)
    int set_label(object v, object text) except -1

    void set_choice(int code, bint chooses) noexcept
    list members_of(tuple roots)
    void sweep_from(object root, double seed) noexcept
    list gradients_from(object root, double seed, list xs)
    bint flat_of(list outputs, list inputs, tuple arrays) except -1

    int enter_scope(str name) except -1
    void leave_scope(str name) noexcept
    unsigned int open_scope(unsigned int outer, str name) except 0
    void close_scope(unsigned int s) noexcept
    unsigned int outer_of(unsigned int s) except? 0
    object name_of(unsigned int s)

cdef extern from "node.h":  # which includes _kernels.h
    enum: ABS "OP_ABS"
    enum: ADD "OP_ADD"
    enum: DIV "OP_DIV"
    enum: MUL "OP_MUL"
    enum: NEG "OP_NEG"
    enum: POW "OP_POW"
    enum: SUB "OP_SUB"
    bint native(int code) noexcept
    double kernel1(int code, double x, double *dx) noexcept
    double kernel2(int code, double a, double b, int need, double *da, double *db) noexcept

# What Python does for its own sake.

cdef inline tuple slots():
    return ()

cdef inline object at_once(object f):
    return f

cdef inline (double, double) value_and_partial(int code, double x) noexcept:
    cdef double partial = 0.0, y = kernel1(code, x, &partial)
    return y, partial

cdef inline (double, double, double) value_and_partials(int code, double a, double b, int nodes) noexcept:
    cdef double by_a = a, by_b = b, y = kernel2(code, a, b, nodes, &by_a, &by_b)
    return y, by_a, by_b
