"""Labels: whether they are classes, and rows of the logits."""

cimport numpy as cnp


cdef inline bint are_settled(cnp.ndarray labels, Py_ssize_t classes, Py_ssize_t ignored) noexcept:
    """Whether each label is one of the classes, or negative and to be ignored."""
    cdef const Py_ssize_t *label = <const Py_ssize_t *>cnp.PyArray_DATA(labels)
    cdef Py_ssize_t i
    cdef bint all_are = True
    for i in range(cnp.PyArray_SIZE(labels)):
        all_are &= (0 <= label[i] < classes and label[i] != ignored) or (label[i] < 0 and label[i] == ignored)
    return all_are


cdef inline bint are_classes(cnp.ndarray labels, Py_ssize_t classes) noexcept:
    """Whether each label is one of the classes."""
    cdef const Py_ssize_t *label = <const Py_ssize_t *>cnp.PyArray_DATA(labels)
    cdef Py_ssize_t i
    cdef bint all_are = True
    for i in range(cnp.PyArray_SIZE(labels)):
        all_are &= <size_t>label[i] < <size_t>classes
    return all_are


cdef inline bint settle(cnp.ndarray labels, Py_ssize_t classes, Py_ssize_t ignored) noexcept:
    """Makes those to be ignored negative; whether each of the others is one of the classes."""
    cdef Py_ssize_t *label = <Py_ssize_t *>cnp.PyArray_DATA(labels)
    cdef Py_ssize_t i
    cdef bint all_are = True, is_ignored
    for i in range(cnp.PyArray_SIZE(labels)):
        is_ignored = label[i] == ignored
        all_are &= is_ignored or <size_t>label[i] < <size_t>classes
        label[i] = -1 if is_ignored else label[i]
    return all_are


cdef inline bint are_rows_of(cnp.ndarray labels, cnp.ndarray logits, int axis) noexcept:
    """Whether the shape of labels is that of logits without the axis."""
    cdef int a
    cdef bint same = cnp.PyArray_NDIM(labels) == cnp.PyArray_NDIM(logits) - 1
    for a in range(cnp.PyArray_NDIM(labels) if same else 0):
        same = same and cnp.PyArray_DIM(labels, a) == cnp.PyArray_DIM(logits, a + (a >= axis))
    return same
