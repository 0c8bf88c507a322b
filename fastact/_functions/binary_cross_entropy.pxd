from fastact._arrays.call cimport Elementwise

cdef tuple computed_by_default(Elementwise op, tuple operands, object curve, double count, object real, object dtype,
                               object reduction)
cdef bint is_contiguous(object given, int type_number) noexcept
