# The names that node.py (with contexts.py and parts.py) and node.h (with contexts.h and parts.h) both keep, as value.py takes them when
# it is compiled; and value and partials of the table's operations, from the kernels that build_kernels.py prints (in Python: kernels.py).

cdef extern from "node.h":
    enum: REACHED
    enum: AGED
    enum: CHOSEN
    enum: BY_RULE
    enum: TERM
    enum: NO_SCOPE
    void nodes_are(object class_)
    int set_in_class(object class_, object name, object function) except -1

    object new_leaf(double y)
    object chosen_leaf(double y)
    bint begin(object v, double y) noexcept
    object node_of_one(int code, double y, object x, double partial)
    object node_of_two(int code, double y, object left, object right, int nodes, double by_left, double by_right)
    object node_of_many(int code, double y, object operands, list numbers)
    object folded(int code, list ws, list xs, list rest, object bias)
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
    int flag_since(object first, tuple roots, int flags) except -1
    object renew(tuple roots, object anew, bint freeze, int where)
    int follows(object v) noexcept
    bint flat_of(list outputs, list inputs, tuple arrays) except -1

    object mode_here()
    int go_into(object mode, bint recording) except -1
    void go_back(object mode, bint recording) noexcept
    bint records() noexcept
    void count_unrecorded(int n) noexcept
    int enter_scope(str name) except -1
    void leave_scope(str name) noexcept
    unsigned int open_scope(unsigned int outer, str name) except 0
    void close_scope(unsigned int s) noexcept
    unsigned int outer_of(unsigned int s) except? 0
    object name_of(unsigned int s)

cdef extern from "parts.h":
    tuple part_of(object root, dict known)
    tuple columns_of(list inputs, list nodes)
    list nodes_from(list inputs, tuple columns, list arities)
    bint in_scopes(list nodes) noexcept
    int resemble(list copies, list originals, object memo) except -1
    list new_leaves(object numbers)
    bint all_leaves(object leaves) noexcept
    bint read_leaves(object leaves, object data, object grad) noexcept
    bint write_leaves(object leaves, object data) noexcept
    bint clear_gradients(object nodes) noexcept

# The kernels, for what follows; node.h includes _kernels.h.

cdef extern from "node.h":
    enum: ABS "OP_ABS"
    enum: ADD "OP_ADD"
    enum: DIV "OP_DIV"
    enum: MUL "OP_MUL"
    enum: NEG "OP_NEG"
    enum: POW "OP_POW"
    enum: SUB "OP_SUB"
    int number_in(object x, double *number) noexcept
    bint native(int code) noexcept
    double kernel1(int code, double x, double *dx) noexcept
    double kernel2(int code, double a, double b, int need, double *da, double *db) noexcept

cdef inline (bint, double, double) value_and_partial(int code, object x) noexcept:
    cdef double number = 0.0, partial = 0.0
    if not native(code) or number_in(x, &number) != 1:
        return False, 0.0, 0.0
    number = kernel1(code, number, &partial)
    return True, number, partial

cdef inline (int, double, double, double) value_and_partials(int code, object left, object right) noexcept:
    cdef double a = 0.0, b = 0.0
    cdef int first = number_in(left, &a), second = number_in(right, &b)
    if first < 0 or second < 0:
        return -1, 0.0, 0.0, 0.0
    cdef double by_a = a, by_b = b, y = kernel2(code, a, b, first + 2 * second, &by_a, &by_b)
    return first + 2 * second, y, by_a, by_b

# What Python does for its own sake.

cdef inline tuple slots():
    return ()

cdef inline object at_once(object f):
    return f

cdef inline object stay_counted(object mode_type):
    return mode_type
