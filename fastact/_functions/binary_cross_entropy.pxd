from fastact._arrays.call cimport Elementwise

cdef object computed_plain(Elementwise op, tuple operands, object curvature, double count, object reduction,
                           bint return_grad, bint return_hess)
cdef tuple computed_by_default(Elementwise op, tuple operands, object curve, double count, object real, object dtype,
                               object reduction)
cdef bint is_contiguous(object given, int type_number) noexcept
