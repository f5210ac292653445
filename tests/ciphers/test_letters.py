import numpy as np
import pytest

from garrison.ciphers.letters import as_text, in_groups, message_letters, running_letters
from garrison.errors import DataError


def test_letters_and_text() -> None:
    assert as_text(np.arange(26, dtype=np.uint8)) == "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    assert message_letters("abc\nXYZ").tolist() == [0, 1, 2, 23, 24, 25]
    assert as_text(message_letters("  no \t more\n", spaces=True)) == "NOZMORE"
    assert in_groups("ABCDEFGHIJK") == "ABCDE FGHIJ K"
    assert in_groups("") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("AT 7", "'7'.*character 4"),
        ("café", "'é'.*character 4"),
        ("wait…", "'…'"),
        ("A\x00B", "character 2"),
        ("", "no letters"),
        (" \n", "no letters"),
    ],
)
def test_what_the_machine_has_not_is_refused_by_place(text: str, said: str) -> None:
    with pytest.raises(DataError, match="(?s)" + said):
        message_letters(text, spaces=True)


@pytest.mark.parametrize(
    ("text", "letters"),
    [
        ("Call me Ishmael. Some years", "CALLZMEZISHMAELZSOMEZYEARS"),
        ("don't -- 'tis\r\n\r\nover!", "DONTZTISZOVER"),
        ("naïve Über-straße", "NAIVEZUBERZSTRAZE"),
        ("12, 34", ""),
        ("", ""),
        ("日本 A 日本", "A"),
        ("jazz", "JAZZ"),
    ],
)
def test_running_text_becomes_letters_with_z_between(text: str, letters: str) -> None:
    assert as_text(running_letters(text)) == letters
