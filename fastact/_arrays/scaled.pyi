# nothing public: only other Cython modules see it
