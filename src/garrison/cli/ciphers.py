"""`garrison ciphers`: the commands on ciphers, in the order of the road from a key to what was learnt of it."""

from garrison.cli.ciphers_arrays import arrays
from garrison.cli.ciphers_distinguish import distinguish
from garrison.cli.ciphers_encipher import decipher, encipher
from garrison.cli.ciphers_encrypt import encrypt
from garrison.cli.ciphers_keys import keys
from garrison.cli.ciphers_recover import recover
from garrison.cli.ciphers_test import measure
from garrison.cli.ciphers_train import train
from garrison.cli.group import group

app = group("Ciphers, and what a network learns from ciphertext.")

app.command(short_help="Encipher a message with a key list, as the M-209 does.")(encipher)
app.command(short_help="Decipher a message with a key list, as the M-209 does.")(decipher)
app.command(short_help="Find the key of an M-209 message of which a part is known.")(recover)
app.command(short_help="Make keys for training or testing.")(keys)
app.command(short_help="Encipher a message with every key.")(encrypt)
app.command(short_help="Make arrays to learn from of messages and keys.")(arrays)
app.command(short_help="Train one network that finds pins and lugs.")(train)
app.command("test", short_help="Say how well a network reads keys.")(measure)
app.command(short_help="Tell ciphertexts of related blocks from those of random ones.")(distinguish)
