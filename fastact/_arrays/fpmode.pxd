"""The floating-point mode in which kernels compute, for calls that compute outside of run_parallel() too."""

cdef extern from "engine/fpmode.h" nogil:
    ctypedef struct fa_fp_mode:
        pass
    fa_fp_mode fa_fp_enter()
    void fa_fp_leave(fa_fp_mode before)
    bint fa_fp_differs(fa_fp_mode before)

cdef extern from "fenv.h" nogil:
    int FE_ALL_EXCEPT
    int feclearexcept(int)


cdef inline void leave_without_flags(fa_fp_mode before) noexcept nogil:
    """Clamped and blended lanes, and NumPy's casts, may have raised flags that say nothing about the result."""
    if fa_fp_differs(before):
        fa_fp_leave(before)
    feclearexcept(FE_ALL_EXCEPT)
