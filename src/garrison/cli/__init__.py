"""The command line: one command a file, each thin: parse, call the library, print, choose the exit code."""

from garrison.cli.main import main

__all__ = ["main"]
