"""The C library as Cython sees it: what include/fastact declares."""

cdef extern from "fastact/kernels.h" nogil:
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
        FA_I8
        FA_U8
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
    ctypedef struct fa_parts:
        void (*sum)(fa_row_op op, const void *high, const void *low, size_t n, const double *m,
                    double *s) noexcept nogil
        void (*finish)(fa_row_op op, const void *high, const void *low, void *y, size_t n, const double *m,
                       const double *s) noexcept nogil
    ctypedef struct fa_kernels:
        const char *name
        fa_parts parts[2]
        void (*widen[2])(const void *stored, float *x, size_t n) noexcept nogil
        void (*narrow[2])(const float *x, void *stored, size_t n) noexcept nogil
    const char *fa_op_name(fa_op op)

cdef extern from "fastact/engine.h" nogil:
    enum:
        FA_MAX_DIMENSIONS
    ctypedef struct fa_loop:
        fa_map_kernel kernel
        fa_dtype dtype
        int inputs
        int outputs
    ctypedef struct fa_strided:
        int dimensions
        size_t[64] shape
        char *args[8]
        Py_ssize_t[8][64] steps
    ctypedef int fa_status
    enum:
        FA_DONE
        FA_NO_MEMORY
        FA_UNSUPPORTED_LAYOUT
        FA_SOME_NAN
    fa_loop fa_loop_of(const fa_kernels *table, fa_op op, fa_dtype dtype)
    void fa_strided_order(const fa_strided *nest, int arguments, int *axes)
    void fa_strided_flatten(fa_strided *nest, int arguments, const int *axes)
    bint fa_strided_same(const fa_strided *nest, int a, int b)
    bint fa_strided_apart(const fa_strided *nest, int a, int b, Py_ssize_t size)

    void fa_run_in_order(const fa_loop *loop, char **args, const Py_ssize_t *steps, size_t n)
    void fa_run(const fa_loop *loop, char **args, const Py_ssize_t *steps, size_t n)
    void fa_run_strided(const fa_loop *loop, const fa_strided *nest, size_t n)
    void fa_run_scaled(const fa_loop *loop, fa_dtype of_x, const fa_strided *nest, size_t n)

    ctypedef struct fa_sums:
        pass
    fa_status fa_sums_open(fa_sums *sums, size_t count, size_t length)
    double fa_sums_close(fa_sums *sums)
    ctypedef struct fa_sum:
        const fa_loop *loop
        fa_strided nest
        int summed
        int divided
        double divisor
        int workers
    fa_status fa_run_sum(const fa_sum *p, size_t first, size_t last, double *total)

    fa_status fa_run_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                          const char *reduced)
    ctypedef struct fa_extra:
        const void *logits
        Py_ssize_t step
    fa_status fa_run_rows_and_sums(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *arrays,
                                   const char *reduced, const fa_extra *extra, void *sums)
    ctypedef struct fa_row_products:
        fa_dtype dtype
        size_t count
        size_t n
        const void *p
        const void *a
        const void *q
        const void *b
        Py_ssize_t step
        double *sum
    void fa_run_row_products(const fa_kernels *table, const fa_row_products *call)
    ctypedef enum fa_information_op:
        FA_ENTROPY
        FA_EXPECTATION
        FA_DIVERGENCE
    double FA_DIVERGENCE_LEAST
    ctypedef struct fa_information:
        const void *x
        const void *y
        size_t count
        size_t n
        Py_ssize_t xstep
        Py_ssize_t ystep
        void *scratch
        double *sum
    ctypedef struct fa_signed_sums:
        const double *x
        const double *b
        Py_ssize_t xstep
        Py_ssize_t bstep
        size_t count
        size_t n
        double *logarithm
        double *sign
    void fa_run_signed_sums(const fa_kernels *table, const fa_signed_sums *call)
    ctypedef struct fa_row_averages:
        fa_dtype dtype
        size_t count
        size_t n
        size_t d
        const void *x
        int weighted
        const void *values
        Py_ssize_t vstep
        const Py_ssize_t *offset
        double *y
    fa_status fa_run_row_averages(const fa_kernels *table, const fa_row_averages *call)
    ctypedef struct fa_weighted_rows:
        fa_dtype dtype
        size_t count
        size_t n
        const void *x
        const void *by
        void *y
    fa_status fa_run_weighted_rows(const fa_kernels *table, const fa_weighted_rows *call)
    fa_status fa_run_information(const fa_kernels *table, fa_information_op op, fa_dtype dtype,
                                 const fa_information *call)
    fa_loop fa_loop_of_parts(const fa_kernels *table, fa_dtype dtype)
    fa_status fa_run_made_rows(const fa_loop *make, const fa_strided *operands, void *y, fa_row_op op, size_t count,
                               size_t n, const fa_extra *extra)
    fa_status fa_run_scaled_rows(const fa_kernels *table, fa_row_op op, fa_dtype dtype, const fa_strided *operands,
                                 void *y, double scale, const fa_extra *extra)
    enum:
        FA_FIND_MAX
        FA_ADD_EXP
        FA_FINISH
        FA_STAGES
    ctypedef struct fa_long_row:
        const fa_loop *make
        fa_row_op op
        int workers
        char *high
        char *low
        double *of_block
        size_t room
        size_t filled
        int stage
        double[2] m
        double[2] s
    void fa_long_row_make(fa_long_row *row, const fa_strided *operands, size_t start, size_t count)
    void fa_long_row_take(fa_long_row *row)

    ctypedef struct fa_cross_entropy:
        fa_dtype dtype
        size_t classes
        const Py_ssize_t *label
        const double *class_weight
        const fa_extra *extra
        const double *row_weight
        double grad_scale
        const void *target
        Py_ssize_t target_step
        double target_scale
        double label_weight
        int hessian
        double gamma
        float *loss_f32
        double *loss_f64
        fa_sums *sums
    fa_status fa_run_cross_entropy(const fa_kernels *table, const fa_cross_entropy *call, const fa_strided *arrays,
                                   int axis, size_t first)
    fa_status fa_sum_of_weights(const fa_cross_entropy *call, size_t count, double *sum)
    void fa_sparse_rows(int power, fa_dtype dtype, const void *x, void *y, size_t rows, size_t n)
    double fa_sparse_losses(int power, fa_dtype dtype, const void *x, const Py_ssize_t *label, double *loss, void *dx,
                            size_t rows, size_t n, double scale)

    ctypedef struct fa_draws:
        fa_dtype dtype
        size_t count
        size_t n
        size_t draws
        const void *p
        const double *uniform
        Py_ssize_t *index
    fa_status fa_run_draws(const fa_kernels *table, const fa_draws *call)
    ctypedef struct fa_chosen:
        fa_row_op op
        fa_dtype dtype
        size_t count
        size_t n
        size_t k
        const void *x
        Py_ssize_t step
        const unsigned char *where
        Py_ssize_t *index
        int given
        void *y
    fa_status fa_run_chosen(const fa_kernels *table, const fa_chosen *call)

    ctypedef struct fa_segmented:
        fa_dtype dtype
        size_t rows
        size_t count
        const Py_ssize_t *offset
        const void *x
        void *y
    fa_status fa_run_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call)
    ctypedef struct fa_made_segments:
        const fa_loop *make
        const fa_strided *operands
        int is_served
        double scale
        const unsigned char *where
        size_t least
        size_t most
    fa_status fa_run_made_segments(const fa_kernels *table, fa_row_op op, const fa_segmented *call,
                                   const fa_made_segments *made)

    void fa_engine_prepare()
    int fa_threads()
    int fa_workers(size_t elements)
    void fa_set_threads(int n)
    void fa_override_threads(int n)
    int fa_overrides(int more)
    int fa_openmp()
    double fa_quota(const char *root)
    int fa_quota_threads(double cpus)
    size_t fa_cache_of_system(const char *root)
    size_t fa_last_level()

cdef extern from "fastact/fastact.h" nogil:
    const fa_kernels *fa_use(const char *isa, const char **why)
    void fa_call(fa_op op, fa_dtype dtype, char **args, const Py_ssize_t *steps, size_t n)
    fa_status fa_call_rows(fa_row_op op, fa_dtype dtype, const fa_strided *arrays, const char *reduced)
