"""Handwritten digits, read on encrypted pictures."""

from garrison.encrypted.digits.training import PARAMETERS, DigitReader, train_digits

__all__ = ["PARAMETERS", "DigitReader", "train_digits"]
