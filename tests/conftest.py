"""Keeps the long runs for those who ask for them: ``-m exhaustive``, ``--calls``."""


def pytest_addoption(parser):
    group = parser.getgroup("fastact")
    group.addoption("--calls", type=int, default=0, metavar="N", help="make N random calls in tests/test_fuzz.py")
    group.addoption("--fuzz-seed", type=int, default=None, metavar="N", help="the seed of the random calls")


def pytest_configure(config):
    if config.option.fuzz_seed is None:
        config.option.fuzz_seed = 2026  # fixed until 300,000 calls are clean


def pytest_report_header(config):
    return f"random calls: --fuzz-seed={config.option.fuzz_seed}"


def pytest_collection_modifyitems(config, items):
    """Leaves the exhaustive runs out unless ``-m`` says what to run."""
    if not config.option.markexpr:
        chosen = [item for item in items if "exhaustive" not in item.keywords]
        config.hook.pytest_deselected(items=[item for item in items if "exhaustive" in item.keywords])
        items[:] = chosen
