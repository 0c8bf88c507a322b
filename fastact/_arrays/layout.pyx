"""Operands of any layout in one nest of loops, with the shape and the memory order that a ufunc's result has."""

cimport numpy as cnp
from libc.string cimport memset

from fastact._arrays.engine cimport (
    FA_MAX_DIMENSIONS,
    fa_strided_apart,
    fa_strided_flatten,
    fa_strided_order,
    fa_strided_same,
)
from fastact._arrays.memory cimport new_strided

from fastact._shared.arguments import normalize_axes

cnp.import_array()


cdef inline bint is_native(object x, int type_number):
    return (cnp.PyArray_CheckExact(x) and cnp.PyArray_TYPE(x) == type_number and PyArray_ISNOTSWAPPED(x))


cdef inline Py_ssize_t size_of(int type_number) noexcept:
    """The bytes of an element of one of the kernels' types."""
    return sizeof(double) if type_number == cnp.NPY_DOUBLE else sizeof(float) if type_number == cnp.NPY_FLOAT else 2


cdef bint widen_shape(fa_strided *nest, cnp.ndarray x) noexcept:
    """The shape to which the nest and x broadcast; False where they do not."""
    cdef int lead = nest.dimensions - cnp.PyArray_NDIM(x), axis
    cdef size_t n
    for axis in range(cnp.PyArray_NDIM(x)):
        n = <size_t>cnp.PyArray_DIM(x, axis)
        if nest.shape[lead + axis] == 1:
            nest.shape[lead + axis] = n
        elif n != 1 and n != nest.shape[lead + axis]:
            return False
    return True


cdef void place(fa_strided *nest, int a, cnp.ndarray x) noexcept:
    """Argument a is x; what is repeated, and an axis of length 1, has steps of 0."""
    cdef int lead = nest.dimensions - cnp.PyArray_NDIM(x), axis
    nest.args[a] = cnp.PyArray_BYTES(x)
    for axis in range(nest.dimensions):
        nest.steps[a][axis] = (0 if axis < lead or cnp.PyArray_DIM(x, axis - lead) == 1
                               else cnp.PyArray_STRIDE(x, axis - lead))


cdef void place_packed(fa_strided *nest, int a, Py_ssize_t size) noexcept:
    """Argument a is packed in C order, from address 0 on."""
    cdef int axis
    nest.args[a] = NULL
    for axis in range(nest.dimensions - 1, -1, -1):
        nest.steps[a][axis] = 0 if nest.shape[axis] == 1 else size
        size *= <Py_ssize_t>nest.shape[axis]


cdef bint is_free(const fa_strided *nest, int a, int inputs, Py_ssize_t size) noexcept:
    """Whether output a is one of the inputs or apart from them, and apart from the outputs before it."""
    cdef int b
    for b in range(a):
        if nest.args[b] == NULL or fa_strided_apart(nest, a, b, size):
            continue
        if b >= inputs or not fa_strided_same(nest, a, b):
            return False
    return True


cdef int place_rows(fa_strided *arrays, cnp.ndarray x, cnp.ndarray y, cnp.ndarray dy, const char *reduced) noexcept:
    """x, y and, unless it is None, dy as arguments of a row function, all of x's shape.

    Where reduced is not NULL, the axes a with reduced[a] have length 1 in y, or are left out: it has steps of 0 there.
    """
    cdef bint lacks_axes = cnp.PyArray_NDIM(y) < cnp.PyArray_NDIM(x)
    cdef int axis, b = 0
    arrays.dimensions = cnp.PyArray_NDIM(x)
    place(arrays, 0, x)
    arrays.args[1] = cnp.PyArray_BYTES(y)
    for axis in range(arrays.dimensions):
        arrays.shape[axis] = <size_t>cnp.PyArray_DIM(x, axis)
        if reduced != NULL and reduced[axis]:
            arrays.steps[1][axis] = 0
            b += not lacks_axes
        else:
            arrays.steps[1][axis] = 0 if arrays.shape[axis] == 1 else cnp.PyArray_STRIDE(y, b)
            b += 1
    if dy is not None:
        place(arrays, 2, dy)
    return 0


cdef bint same_or_disjoint_layout(cnp.ndarray x, cnp.ndarray y, const char *reduced) noexcept:
    """Whether y is x, element by element, or has no byte in common with it.

    Where reduced is not NULL, the axes a with reduced[a] have length 1 in y, or are left out. Then y is never x.
    """
    cdef fa_strided nest
    place_rows(&nest, x, y, None, reduced)
    if fa_strided_apart(&nest, 0, 1, max(cnp.PyArray_ITEMSIZE(x), cnp.PyArray_ITEMSIZE(y))):
        return True
    return (reduced == NULL and cnp.PyArray_TYPE(x) == cnp.PyArray_TYPE(y)
            and PyArray_ISNOTSWAPPED(x) == PyArray_ISNOTSWAPPED(y) and fa_strided_same(&nest, 0, 1))


cdef object lay_out(fa_strided *nest, int type_number, const int *types, tuple operands, char *numbers, size_t pitch,
                    object out, int outputs):
    """Fills a nest and gives the result, or the tuple of them; None for what is a ufunc's business.

    Operands must be native arrays of this type, or operand a of type types[a] where types is not NULL; or Python
    numbers, number a of which stands at numbers + a * pitch.
    """
    cdef int[FA_MAX_DIMENSIONS] axes
    cdef cnp.npy_intp[FA_MAX_DIMENSIONS] shape, strides
    cdef int a, o, axis, inputs = len(operands)
    cdef Py_ssize_t size = size_of(type_number), widest = size, step
    cdef list results = [None] * outputs
    nest.dimensions = 0
    for a in range(inputs):
        x = operands[a]
        if type(x) is float or type(x) is int:
            continue
        if not is_native(x, type_number if types == NULL else types[a]):
            return None
        nest.dimensions = max(nest.dimensions, cnp.PyArray_NDIM(x))
        widest = max(widest, cnp.PyArray_ITEMSIZE(x))
    if out is not None:
        results = [out] if outputs == 1 else list(out)
        for y in results:
            if y is not None and not (is_native(y, type_number) and PyArray_ISWRITEABLE(y)
                                      and cnp.PyArray_NDIM(y) >= nest.dimensions):
                return None
            if y is not None:
                nest.dimensions = cnp.PyArray_NDIM(y)
    if nest.dimensions == 0:
        return None
    for axis in range(nest.dimensions):
        nest.shape[axis] = 1
    for x in operands:
        if cnp.PyArray_Check(x) and not widen_shape(nest, x):
            return None
    for y in results:
        if y is not None and not widen_shape(nest, y):
            return None

    for a in range(inputs):
        if cnp.PyArray_Check(operands[a]):
            place(nest, a, operands[a])
        else:
            nest.args[a] = numbers + <size_t>a * pitch
            for axis in range(nest.dimensions):
                nest.steps[a][axis] = 0
    for o in range(outputs):
        y = results[o]
        a = inputs + o
        nest.args[a] = NULL
        if y is None:
            for axis in range(nest.dimensions):
                nest.steps[a][axis] = 0
            continue
        for axis in range(nest.dimensions):
            if cnp.PyArray_NDIM(y) != nest.dimensions or <size_t>cnp.PyArray_DIM(y, axis) != nest.shape[axis]:
                return None
        place(nest, a, y)
        if not is_free(nest, a, inputs, widest):
            return None

    fa_strided_order(nest, inputs + outputs, axes)
    for o in range(outputs):
        if results[o] is not None:
            continue
        step = size
        for axis in range(nest.dimensions - 1, -1, -1):
            shape[axis] = <Py_ssize_t>nest.shape[axis]
            strides[axes[axis]] = step
            step *= <Py_ssize_t>nest.shape[axes[axis]]
        results[o] = new_strided(nest.dimensions, shape, strides, type_number, step)
        place(nest, inputs + o, results[o])
    fa_strided_flatten(nest, inputs + outputs, axes)
    return results[0] if outputs == 1 else tuple(results)


cdef int nest_in_order(fa_strided *nest, tuple shape, tuple arguments, Py_ssize_t size) except -1:
    """A nest in C order over arrays that broadcast to a shape; what is None is packed, from address 0 on."""
    cdef int[FA_MAX_DIMENSIONS] axes
    cdef int axis, a, count = len(arguments)
    nest.dimensions = len(shape)
    for axis in range(nest.dimensions):
        axes[axis] = axis
        nest.shape[axis] = shape[axis]
    for a in range(count):
        if arguments[a] is None:
            place_packed(nest, a, size)
        else:
            place(nest, a, arguments[a])
    fa_strided_flatten(nest, count, axes)
    return 0


# ---- axes and results of row functions ----

cdef int mark_axes(str name, object axis, int ndim, char *reduced) except -1:
    """Sets reduced[a] to 1 for the axes along the rows, to 0 for the others."""
    cdef Py_ssize_t a
    memset(reduced, 0, FA_MAX_DIMENSIONS)
    if type(axis) is int and -ndim <= axis < ndim:
        a = axis
        reduced[a + ndim if a < 0 else a] = 1
    else:
        for a in normalize_axes(name, axis, ndim):
            reduced[a] = 1
    return 0


cdef bint takes_result(object out, int type_number, int dims, const cnp.npy_intp *shape) noexcept:
    """Whether out surely takes a result of this type and shape as it is; of the rest `check_out` judges."""
    cdef int a
    if not (cnp.PyArray_CheckExact(out) and cnp.PyArray_TYPE(out) == type_number and PyArray_ISWRITEABLE(out)
            and cnp.PyArray_NDIM(out) == dims):
        return False
    for a in range(dims):
        if cnp.PyArray_DIM(out, a) != shape[a]:
            return False
    return True
