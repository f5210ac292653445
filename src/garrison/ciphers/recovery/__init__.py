"""From known plaintext to the key of an M-209 message, and the rest of the message.

>>> from garrison.ciphers.recovery import Crib
>>> from garrison.ciphers.letters import message_letters
>>> Crib.of(message_letters("TNJUW"), message_letters("AAAAA")).stream.tolist()
[20, 14, 10, 21, 23]
"""

from garrison.ciphers.recovery.crib import Crib
from garrison.ciphers.recovery.network_start import network_start
from garrison.ciphers.recovery.plan import Plan
from garrison.ciphers.recovery.recover import Recovery, recover
from garrison.ciphers.recovery.start import Start

__all__ = ["Crib", "Plan", "Recovery", "Start", "network_start", "recover"]
