"""``python -m garrison`` is the command ``garrison``, for where the command itself is not on the path."""

from garrison.cli import main

if __name__ == "__main__":
    main()
