"""`garrison encrypted`: the commands on encrypted scoring, in the order of the road from a detector to verdicts."""

from garrison.cli.encrypted_ask import ask
from garrison.cli.encrypted_decrypt import decrypt
from garrison.cli.encrypted_encrypt import encrypt
from garrison.cli.encrypted_keygen import keygen
from garrison.cli.encrypted_prepare import prepare
from garrison.cli.encrypted_score import score
from garrison.cli.group import group

app = group("Score rows that the scorer cannot read.")

app.command(short_help="Take a detector apart: the client's part and the server's.")(prepare)
app.command(short_help="Make a secret key, and evaluation keys for servers.")(keygen)
app.command(short_help="Encrypt events for a prepared model.")(encrypt)
app.command(short_help="Score encrypted rows, here or by a service.")(score)
app.command(short_help="Decrypt what a model made of the rows.")(decrypt)
app.command(short_help="Encrypt, have scored by a service, and decrypt.")(ask)
