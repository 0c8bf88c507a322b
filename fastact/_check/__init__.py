"""Whether the kernels give the published bits, and errors within their bounds, on the CPU they run on."""
