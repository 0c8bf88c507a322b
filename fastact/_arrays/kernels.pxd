"""The C library as Cython sees it, the chosen kernels and the threads that run them."""

from fastact._arrays.layout cimport fa_strided

cdef enum:
    GIL_CUTOFF = 10_000      # elements from which the GIL is released: that costs 35 ns, a few hundred elements' time
    LAST_LEVEL = 33_554_432  # bytes that the last-level cache is taken to hold: what is larger goes to memory and back

cdef extern from "fastact/fastact.h" nogil:
    # enumerations in C; Cython indexes arrays with integers alone
    ctypedef int fa_dtype
    ctypedef int fa_op
    ctypedef int fa_row_op
    enum:
        FA_F32
        FA_F64
        FA_COMPUTE_DTYPES
        FA_F16
        FA_BF16
        FA_ALL_DTYPES
        FA_OPS
        FA_SOFTMAX
        FA_LOG_SOFTMAX
        FA_LOGSUMEXP
        FA_SOFTMAX_GRAD
        FA_LOG_SOFTMAX_GRAD
        FA_BLOCK
        FA_MAX_INPUTS
        FA_MAX_OUTPUTS
        FA_MAX_ARGUMENTS
        FA_REPEATED
    ctypedef void (*fa_map_kernel)(char **args, unsigned repeated, size_t n) noexcept nogil
    ctypedef struct fa_rows:
        const void *x
        void *y
        size_t count
        size_t n
        Py_ssize_t xstep
        Py_ssize_t ystep
        void *scratch
        int stream
        const void *dy
        Py_ssize_t dystep
    ctypedef void (*fa_rows_kernel)(const fa_rows *) noexcept nogil
    ctypedef struct fa_pieces:
        double (*peak)(const void *x, size_t n) noexcept nogil
        void (*exp_sum)(const void *x, void *y, size_t n, double m, double *s) noexcept nogil
        void (*finish[3])(const void *x, void *y, size_t n, double m, const double *s) noexcept nogil
    ctypedef struct fa_parts:
        fa_rows_kernel rows[3]
        void (*peak)(const void *high, const void *low, size_t n, double *m) noexcept nogil
        void (*sum)(fa_row_op op, const void *high, const void *low, size_t n, const double *m,
                    double *s) noexcept nogil
        void (*finish)(fa_row_op op, const void *high, const void *low, void *y, size_t n, const double *m,
                       const double *s) noexcept nogil
    ctypedef struct fa_losses:
        fa_rows rows
        const Py_ssize_t *label
        const double *gain
        double *loss
    ctypedef void (*fa_losses_kernel)(const fa_losses *) noexcept nogil
    ctypedef struct fa_soft_losses:
        fa_rows rows
        const void *t
        Py_ssize_t tstep
        double scale
        const Py_ssize_t *label
        const double *own
        double gain
        double *loss
    ctypedef void (*fa_soft_losses_kernel)(const fa_soft_losses *) noexcept nogil
    ctypedef struct fa_loss_pieces:
        double (*exp_sum)(const void *x, void *y, size_t n, Py_ssize_t label, double m) noexcept nogil
        double (*finish)(void *y, size_t n, size_t row, Py_ssize_t label, double gain, double m, double x_label,
                         double rest) noexcept nogil
    ctypedef struct fa_gradient_pieces:
        void (*sum)(const void *dy, const void *y, size_t n, double *s) noexcept nogil
        void (*join)(double *s, size_t blocks) noexcept nogil
        void (*finish)(const void *dy, const void *y, void *dx, size_t n, const double *s) noexcept nogil
    ctypedef struct fa_kernels:
        const char *name
        const fa_map_kernel (*map)[2]
        const fa_map_kernel *make_parts
        fa_rows_kernel rows[5][4]
        fa_rows_kernel columns[5][4]
        fa_pieces pieces[4]
        fa_parts parts[2]
        fa_losses_kernel loss_rows[2]
        fa_losses_kernel loss_columns[2]
        fa_soft_losses_kernel soft_loss_rows[2]
        fa_loss_pieces loss_pieces[2]
        fa_gradient_pieces gradient_pieces[2][4]
        double (*sum[2])(const void *x, size_t n) noexcept nogil
        void (*divide[2])(void *x, size_t n, double by) noexcept nogil
        void (*widen[2])(const void *stored, float *x, size_t n) noexcept nogil
        void (*narrow[2])(const float *x, void *stored, size_t n) noexcept nogil
    const fa_kernels *fa_select(const char *name, const char **why)
    void fa_map(fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs, char **args, const Py_ssize_t *steps,
                size_t n)
    void fa_map_stored(const fa_kernels *table, fa_map_kernel kernel, fa_dtype stored, int inputs, int outputs,
                       char **args, const Py_ssize_t *steps, size_t n)
    size_t fa_scratch(fa_row_op op, fa_dtype dtype, size_t n, int columns)
    size_t fa_loss_columns_most()
    void fa_map_strided_nd(const fa_kernels *table, fa_map_kernel kernel, fa_dtype dtype, int inputs, int outputs,
                           const fa_strided *nest, bint stream, size_t start, size_t n)
    size_t fa_strided_chunk(const fa_strided *nest, int arguments, size_t most)
    bint fa_strided_streams(const fa_strided *nest, fa_dtype dtype, int inputs, int outputs, size_t cache)
    const char *fa_op_name(fa_op op)
    int fa_op_inputs(fa_op op)
    int fa_op_outputs(fa_op op)
    enum:
        FA_LIGHT
    ctypedef int fa_cost
    fa_cost fa_op_cost(fa_op op)

cdef extern from "engine/parallel.h" nogil:
    ctypedef int (*fa_work)(void *context, size_t share, size_t shares) noexcept nogil


# what runs the elements of one operation and type
ctypedef struct Loop:
    fa_map_kernel kernel
    fa_dtype dtype
    int inputs
    int outputs
    fa_cost cost
# a Python number in the type of the arrays beside it, as NumPy takes it: FA_REPEATED bytes of it, or one that is stored
ctypedef union Number:
    float[16] single
    double[8] whole
    char[2] stored


cdef int operation(bytes name) except -1
cdef Loop loop_of(int op, fa_dtype dtype) noexcept
cdef void run_nest(const Loop *loop, const fa_strided *nest, size_t n) noexcept nogil
cdef void run(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil
cdef const fa_kernels *kernels() noexcept nogil
cdef void run_serially(const Loop *loop, char **args, const Py_ssize_t *steps, size_t n) noexcept nogil
cdef int threads_for(size_t elements) noexcept nogil
cdef void map_nest(const Loop *loop, const fa_strided *nest, size_t start, size_t n) noexcept nogil
cdef size_t scratch_bytes(fa_row_op op, fa_dtype dtype, size_t n, bint columns) noexcept nogil
cdef size_t loss_columns_most() noexcept nogil
cdef int run_parallel(int workers, fa_work work, void *context) noexcept nogil
cdef int note_threads() except -1
cdef int note_threads_without_gil() noexcept nogil
cdef int as_number(object x, int t, Number *number) except -1
