"""``python -m fastact``: each command is a module of this folder, registered in main.py."""
