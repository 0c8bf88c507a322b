"""Compiled functions whose errors of binding are worded anew, at no cost to a call that fits.

A compiled function is called through a pointer that it holds. That pointer is replaced by one to `call_or_explain`,
which calls what stood there before and looks closer only where it raised a TypeError.
"""

from cpython.exc cimport PyErr_ExceptionMatches, PyErr_Fetch, PyErr_Restore
from cpython.object cimport PyObject

from fastact._shared.hints import explain

cdef extern from *:
    """
    /* the place of the pointer, by the offset that the type states */
    static void set_vectorcall(PyObject *f, vectorcallfunc call) {
        *(vectorcallfunc *)((char *)f + Py_TYPE(f)->tp_vectorcall_offset) = call;
    }

    /* Each module of Cython's has a copy of one function here, and all functions are of one type: one copy serves. */
    static vectorcallfunc plain;
    static int (*look_closer)(PyObject *function, size_t flags, PyObject *names);

    static PyObject *call_or_explain(PyObject *function, PyObject *const *arguments, size_t flags, PyObject *names) {
      PyObject *result = plain(function, arguments, flags, names);
      if (!result) look_closer(function, flags, names);
      return result;
    }
    """
    ctypedef PyObject *(*vectorcallfunc)(PyObject *, PyObject *const *, size_t, PyObject *) noexcept
    vectorcallfunc plain
    int (*look_closer)(PyObject *, size_t, PyObject *) noexcept
    PyObject *call_or_explain(PyObject *, PyObject *const *, size_t, PyObject *) noexcept
    void set_vectorcall(PyObject *, vectorcallfunc)
    vectorcallfunc PyVectorcall_Function(PyObject *)
    Py_ssize_t PyVectorcall_NARGS(size_t)
    void Py_XDECREF(PyObject *)
    void Py_XINCREF(PyObject *)

cdef type kind = None


cdef int reword_if_type_error(PyObject *function, size_t flags, PyObject *names) noexcept:
    if PyErr_ExceptionMatches(TypeError):
        reword(<object>function, PyVectorcall_NARGS(flags), () if names == NULL else <object>names)
    return 0


cdef int reword(object function, Py_ssize_t count, tuple names) noexcept:
    """Replaces the TypeError that is set where the arguments did not fit the signature."""
    cdef PyObject *kind_of_error
    cdef PyObject *value
    cdef PyObject *traceback
    cdef str message = None
    PyErr_Fetch(&kind_of_error, &value, &traceback)
    try:
        message = explain(function, count, names)
    except BaseException:  # the error that was set says enough
        pass
    if message is not None:
        value_of_message = TypeError(message)
        Py_XDECREF(value)
        value = <PyObject *>value_of_message
        Py_XINCREF(value)
        Py_XDECREF(traceback)
        traceback = NULL
    PyErr_Restore(kind_of_error, value, traceback)
    return 0


look_closer = reword_if_type_error


def hinted(function):
    """The function itself, whose errors are explained from now on."""
    global plain, kind
    cdef vectorcallfunc found = PyVectorcall_Function(<PyObject *>function)
    if found == NULL or found == call_or_explain or (kind is not None and type(function) is not kind):
        return function
    if plain == NULL:
        plain, kind = found, type(function)
    set_vectorcall(<PyObject *>function, call_or_explain)
    return function
