"""SEAL as we use it: one context a set of parameters, objects as bytes, and bytes that are looked through before SEAL.

SEAL comes with TenSEAL, which gives its whole interface as ``tenseal.sealapi``.
"""

import contextlib
import functools
import os
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from garrison.encrypted.parameters import Parameters
from garrison.encrypted.seal_form import Skeleton, packed, unpacked
from garrison.encrypted.tenseal_extra import need_tenseal
from garrison.errors import EncryptionError, ModelError


class Seal:
    """SEAL's context for one set of parameters, with what reads and writes its objects.

    ``primes`` are those of the results and of the multiplications; ``levels`` names, for each count of multiplications
    that are left, SEAL's parameters. Get one with ``seal_for``.
    """

    def __init__(self, parameters: Parameters) -> None:
        need_tenseal()
        from tenseal import sealapi

        self.api: Any = sealapi
        self.parameters = parameters
        asked = sealapi.EncryptionParameters(sealapi.SCHEME_TYPE.CKKS)
        asked.set_poly_modulus_degree(parameters.degree)
        try:
            modulus = sealapi.CoeffModulus.Create(parameters.degree, list(parameters.bits))
            asked.set_coeff_modulus(modulus)
            self.context: Any = sealapi.SEALContext(asked, True, sealapi.SEC_LEVEL_TYPE.TC128)
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"SEAL refuses the parameters: {error}", where=str(parameters)) from error
        if not self.context.parameters_set():
            raise ModelError(
                f"SEAL refuses the parameters: {self.context.parameters_error_message()}",
                where=str(parameters),
            )
        self.primes: tuple[int, ...] = tuple(int(prime.value()) for prime in modulus)[:-1]
        self.encoder: Any = sealapi.CKKSEncoder(self.context)
        self.evaluator: Any = sealapi.Evaluator(self.context)
        self.levels = self._levels()
        self._skeletons: dict[Any, Skeleton] = {}
        self._lock = threading.Lock()

    def _levels(self) -> tuple[Any, ...]:
        found, at = [], self.context.first_context_data()
        for _ in self.primes:
            found.append(at.parms_id())
            at = at.next_context_data()
        return tuple(reversed(found))

    def dump(self, thing: Any) -> bytes:
        """The bytes of one of SEAL's objects, which never lie on a disk where the system has files in memory."""
        with _scratch() as path:
            thing.save(str(path))
            return packed(path.read_bytes())

    def load(self, thing: Any, content: bytes, skeleton: Skeleton, *, what: str) -> Any:
        """Fill one of SEAL's objects from bytes that may come from anybody.

        They must be, but for the numbers in them, those of an object made here; SEAL then checks each number.
        ``EncryptionError`` where they are not.
        """
        raw = unpacked(content, skeleton, what=what)
        with _scratch() as path:
            path.write_bytes(raw)
            try:
                thing.load(self.context, str(path))
            except (ValueError, RuntimeError) as error:
                raise EncryptionError(
                    f"{what} holds numbers that the parameters do not allow",
                    expected="what Garrison wrote, unchanged",
                    remedy="ask for it again",
                ) from error
        return thing

    def rotations(self, block: int) -> tuple[int, ...]:
        """The steps by which slots are turned to sum ``block`` numbers that stand evenly spread over all slots."""
        step, found = self.parameters.slots // block, []
        while step < self.parameters.slots:
            found.append(step)
            step *= 2
        return tuple(found)

    def galois_elements(self, block: int) -> list[int]:
        """The same steps as this interface of SEAL wants to have them."""
        return [pow(3, step, 2 * self.parameters.degree) for step in self.rotations(block)]

    def fresh_row(self) -> Skeleton:
        """What a freshly encrypted ciphertext looks like."""
        return self._skeleton(
            "fresh", lambda: self._zero(self.levels[-1], self.parameters.scale, seeded=True)
        )

    def output(self, scale: float) -> Skeleton:
        """What a ciphertext at the last level looks like."""
        return self._skeleton(("output", scale), lambda: self._zero(self.levels[0], scale, seeded=False))

    def relinearisation_keys(self) -> Skeleton:
        """What the keys for squares look like."""
        return self._skeleton("relin", lambda: self.api.KeyGenerator(self.context).create_relin_keys())

    def galois_keys(self, block: int) -> Skeleton:
        """What the keys for turning slots look like."""
        elements = self.galois_elements(block)
        return self._skeleton(
            ("galois", block), lambda: self.api.KeyGenerator(self.context).create_galois_keys(elements)
        )

    def secret_key(self) -> Skeleton:
        """What a secret key looks like."""
        return self._skeleton("secret", lambda: self.api.KeyGenerator(self.context).secret_key())

    def _skeleton(self, name: Any, make: Any) -> Skeleton:
        """Of an object made with a key that is thrown away."""
        with self._lock:
            if name not in self._skeletons:
                if len(self._skeletons) > 64:
                    self._skeletons.clear()
                self._skeletons[name] = Skeleton.of(self.dump(make()))
            return self._skeletons[name]

    def _zero(self, level: Any, scale: float, *, seeded: bool) -> Any:
        encryptor = self.api.Encryptor(self.context, self.api.KeyGenerator(self.context).secret_key())
        plain = self.api.Plaintext()
        self.encoder.encode(1.0, level, scale, plain)
        if seeded:
            return encryptor.encrypt_symmetric(plain)
        cipher = self.api.Ciphertext(self.context)
        encryptor.encrypt_symmetric(plain, cipher)
        return cipher


@functools.lru_cache(maxsize=8)
def seal_for(parameters: Parameters) -> Seal:
    """The context of these parameters; making one takes a moment, so it is kept."""
    return Seal(parameters)


@contextlib.contextmanager
def _scratch() -> Iterator[Path]:
    """A file for SEAL to write to: in memory where there is such a thing, else one that only its owner can read."""
    if hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir():
        descriptor = os.memfd_create("garrison", os.MFD_CLOEXEC)
        try:
            yield Path(f"/proc/self/fd/{descriptor}")
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="garrison-") as folder:
        yield Path(folder) / "object"
