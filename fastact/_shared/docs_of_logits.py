"""Documentation that functions of logits, sparse rows and gradients of rows share, for docs.py."""

OF_LOGITS = {
    "row gradient start": """
Parameters
----------
dy : array_like
    Gradient with respect to the result of the function; it broadcasts to the shape of `y`.
y : array_like
    That result. Floating, integer or bool; integers and bool are computed in float64.
axis : int, tuple of ints or None, optional
    As in the function.
out : ndarray, optional
    Where to store the result; it may be `dy` or `y` itself.
dtype : dtype, optional
    Floating type of the computation and the result.

Returns
-------
ndarray or scalar
    Of the shape of `y`. pandas and xarray objects keep their labels.""",
    "row gradient options": """
With `scale` that gradient is to be multiplied by it; with `where` it is as it stands, for what does not count has
probability 0.""",
    "sparse start": """
Parameters
----------
x : array_like
    Floating, integer or bool. Integers and bool are computed in float64.
axis : int, tuple of ints or None, optional
    The axis or axes over which the result sums to 1; None for all.""",
    "sparse result": """
ndarray or scalar
    Of the shape of `x`. pandas and xarray objects keep their labels. A row that holds NaN or inf, or nothing but -inf,
    is NaN.""",
    "sparse accuracy": """
The threshold is exact but for rounding: the error is below 4 eps of the largest probability, for entmax15 below 8. In
NumPy (`FASTACT_ISA=numpy`) it is up to four times as large in float64. float16 is computed in float32 and rounded
once.""",
    "gradient of logits start": """
Parameters
----------
dy : array_like
    Gradient with respect to the result of the function; it broadcasts to that.
logits : array_like
    What the function was given. Floating, integer or bool. Integers and bool are computed in float64.""",
    "gradient of logits result": """
ndarray
    Of the shape and floating type of `logits`. 0 at what does not count. pandas and xarray objects keep their
    labels.""",
    "losses of rows": """
loss : ndarray or scalar
    A scalar of the floating type of `logits`; for 'none' of the shape of `logits` without `axis`.
dlogits : ndarray
    Only if `return_grad`: of the shape and floating type of `logits`; pandas and xarray objects keep their labels.""",
    "logits options": """
where : array_like of bool, optional
    Elements that count; it broadcasts to the shape of `logits`. The others have probability 0, whatever they hold.
bias, scale : array_like, optional
    The logits are ``scale * logits + bias``; both broadcast to the shape of `logits`. A temperature is
    ``scale=1 / temperature``.""",
    "logits errors": """
TypeError
    If an argument is complex, masked or not numeric, or an int is something else.
ValueError
    If a number is out of its range, an argument has a wrong shape, labels of the operands differ, or a dask array has
    several chunks along the axis.
numpy.exceptions.AxisError
    If `axis` is out of range.""",
    "logits result": """
ndarray or scalar
    Of the floating type of `logits` and of its shape without `axis`. 0 where nothing of a row counts. pandas and xarray
    objects keep their labels.""",
    "logits": """
logits : array_like
    Floating, integer or bool. Integers and bool are computed in float64.""",
}
OF_LOGITS |= {
    "sparse loss start": f"""
Parameters
----------
logits : array_like
    Floating, integer or bool. Integers and bool are computed in float64.
labels : array_like
    Integers of any type, the classes, of the shape of `logits` without `axis`. One where `logits` is one row.
axis : int, optional
    That of the classes.
ignore_index : int, optional
    Rows with this label count for nothing, whatever they hold: loss and gradient are 0.
reduction : {{'mean', 'sum', 'none'}}, optional
    What becomes of the losses: their mean over the rows that count, their sum, or each of them.
return_grad : bool, optional
    Whether to return the gradient too: that of what is returned with respect to `logits`, for 'none' of each loss.

Returns
-------{OF_LOGITS["losses of rows"]}

Raises
------
TypeError
    If an argument is complex, masked, lazy or not numeric, or labels are floating or bool.
ValueError
    If a label is no class and not `ignore_index`: the message names the first. If `labels` has a wrong shape, there are
    no classes, or `reduction` is unknown.
numpy.exceptions.AxisError
    If `axis` is out of range.

Notes
-----
It is computed as a sum of terms that are not negative, from the probabilities of the other classes: a small loss keeps
its digits. The error is below 4 eps of the loss plus 2**-49 of its square root, for float64 rounds the differences of
logits. Gradients are as accurate as the function's probabilities. A logit of -inf has probability 0; as label its loss
is inf. A row that holds NaN or inf, or nothing but -inf, is NaN unless it counts for nothing. If no row counts, the
mean is NaN and its gradient 0. Sums are taken in float64; float16 is computed in float32.""",
    "gradient of logits end": f"""
axis : int, optional
    As in the function.{OF_LOGITS["logits options"]}

Returns
-------{OF_LOGITS["gradient of logits result"]}

Raises
------{OF_LOGITS["logits errors"]}""",
}
