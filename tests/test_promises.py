"""tests/README.md says where a promise is kept: what it names is there, and no file of tests is left out."""

import re
from pathlib import Path

HERE = Path(__file__).parent
NAMED = re.findall(r"`((?:c/)?\w+\.\w+)(?:::(\w+))?`", HERE.joinpath("README.md").read_text())


def test_what_is_named_is_there():
    assert len(NAMED) > 40
    for file, test in NAMED:
        assert (HERE / file).is_file(), file
        assert not test or f"def {test}(" in (HERE / file).read_text(), (file, test)


def test_no_file_is_left_out():
    assert {path.name for path in HERE.glob("test_*.py")} - {file for file, _ in NAMED} == set()
