# nothing public: only other Cython modules see it
WEAK: tuple[type, ...]
