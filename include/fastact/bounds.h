/* The errors that the kernels are promised to stay within, in ULP; fastact/_check/bounds.py reads them too. dy
 * multiplies a derivative whose own relative error then counts up to twice, and the product is rounded:
 * 2 * 1.25 + 0.5. */
BOUND(VALUE, 2)        /* with the default parameters */
BOUND(PARAMETERS, 3.5) /* with others: a quotient by one may count an error of 1.5 twice */
BOUND(GATE, 2.5)       /* whatever the second factor */
BOUND(DERIVATIVE, 2)   /* dy = 1 */
BOUND(GRADIENT, 3)     /* any dy and parameters */
BOUND(LOSS, 4)         /* and its gradient, whatever the weights */
BOUND(FOCAL, 8)        /* focal loss and derivatives, of the sizes of their terms; target 0 or 1, gamma 2 */
BOUND(FOCAL_ANY, 12)   /* any target and alpha, gamma up to 8: an error of 1 - p_t counts gamma times */
BOUND(ROW, 4)          /* softmax and its kin, in eps of the result */
