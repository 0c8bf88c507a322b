"""Keeps the long runs for those who ask for them: ``-m exhaustive``."""


def pytest_collection_modifyitems(config, items):
    """Leaves the exhaustive runs out unless ``-m`` says what to run."""
    if not config.option.markexpr:
        chosen = [item for item in items if "exhaustive" not in item.keywords]
        config.hook.pytest_deselected(items=[item for item in items if "exhaustive" in item.keywords])
        items[:] = chosen
