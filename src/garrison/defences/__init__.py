"""Defences: what makes a detector harder to evade, to poison or to copy, each with its price in clean quality."""
