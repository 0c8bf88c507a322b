"""The floating-point mode in which kernels compute, for calls that compute outside of run_parallel() too."""

cdef extern from "engine/fpmode.h" nogil:
    ctypedef struct fa_fp_mode:
        pass
    fa_fp_mode fa_fp_enter()
    void fa_fp_leave(fa_fp_mode before)
    bint fa_fp_differs(fa_fp_mode before)
