"""The client's part of a prepared detector: from events to bounded numbers, and from outputs to verdicts; no weight.

::

    manifest.json      the terms, the threshold and the name; digest and size of each file
    manifest.sha256    the digest of the manifest
    schema.json        the schema, as a features file
    processor.json     the fitted processor
    model/…            the model's encoding, with nothing in its circuit
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from garrison.data.schema import Schema
from garrison.detection import FAMILIES, Detector, Threshold
from garrison.detection.families.base import Files, Floats, Model
from garrison.detection.integrity import parse_json
from garrison.encrypted.encryptable import Encryptable, encryptable
from garrison.encrypted.part_folder import read_part, write_part
from garrison.encrypted.terms import Terms
from garrison.errors import ModelError
from garrison.features import Processor, load_processor
from garrison.files import canonical_json

KIND = "the client's part"
SCHEMA, PROCESSOR = "schema.json", "processor.json"

Ask = Callable[[Floats], Floats]
"""Inputs float64 ``(n, inputs)`` to outputs float64 ``(n, outputs)``, however that comes about."""


@dataclass(frozen=True)
class ClientPart:
    """What a client needs beside its keys. ``model`` encodes and links; its circuit is empty."""

    name: str
    schema: Schema
    processor: Processor
    family: str
    model: Encryptable
    threshold: Threshold
    terms: Terms

    @property
    def limits(self) -> Floats:
        """How far from zero each input may be, float64 ``(inputs,)``."""
        return self.model.circuit.limits

    @property
    def training_rows(self) -> int:
        """How many rows of training data its processor holds, to fill in missing values by their neighbours."""
        return len(self.processor.to_dict().get("reference_rows") or ())

    def detector(self, ask: Ask | None = None) -> Detector:
        """A detector whose model is with somebody else, and is asked for the outputs of every row.

        Without ``ask`` it has no model: it checks events and makes numbers of them, and scores none.
        """
        return Detector(
            name=self.name,
            schema=self.schema,
            processor=self.processor,
            model=AskedModel(self.model, ask or _nobody),
            family=self.family,
            params={},
            threshold=self.threshold,
            training_fingerprint=self.terms.model,
        )

    def inputs(self, table: Any) -> Floats:
        """The numbers to encrypt, float64 ``(n, inputs)``, of a table of events; raises as ``Detector.score`` does."""
        checked = self.detector().checked(table)
        return self.model.inputs(self.processor.transform(checked))

    def scores(self, outputs: Floats) -> Floats:
        """The probabilities, float64 ``(n,)``, that decrypted outputs stand for."""
        return self.model.link(outputs)

    def save(self, folder: Path) -> str:
        """Write it, whole or not at all; gives the digest that names its content."""
        files = {
            SCHEMA: canonical_json(self.schema.to_dict()).encode(),
            PROCESSOR: canonical_json(self.processor.to_dict()).encode(),
            **{f"model/{name}": content for name, content in self.model.files().items()},
        }
        facts = {
            "name": self.name,
            "family": self.family,
            "threshold": {"value": self.threshold.value, "rule": self.threshold.rule},
            "terms": self.terms.to_dict(),
        }
        return write_part(folder, KIND, facts, files)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The part in ``folder``, every byte of it verified before any is looked into.

        ``IntegrityError`` for a changed file, ``ModelError`` for what is no client's part.
        """
        return read_part(folder, KIND, cls._read)

    @classmethod
    def _read(cls, facts: dict[str, Any], files: dict[str, bytes]) -> Self:
        family = str(facts["family"])
        own = {name.removeprefix("model/"): files[name] for name in files if name.startswith("model/")}
        model = encryptable(FAMILIES[family].model.from_files(own), family=family)
        processor = load_processor(parse_json(files[PROCESSOR], where=PROCESSOR))
        terms = Terms.from_dict(facts["terms"])
        if len(processor.names) != model.features or len(model.circuit.limits) != terms.inputs:
            raise ModelError("processor, encoding and terms do not fit each other", remedy="prepare it again")
        return cls(
            name=str(facts["name"]),
            schema=Schema.from_dict(parse_json(files[SCHEMA], where=SCHEMA), where=SCHEMA),
            processor=processor,
            family=family,
            model=model,
            threshold=Threshold(
                value=float(facts["threshold"]["value"]), rule=str(facts["threshold"]["rule"])
            ),
            terms=terms,
        )


@dataclass(frozen=True)
class AskedModel(Model):
    """A model that somebody else holds."""

    encoding: Encryptable
    ask: Ask

    @property
    def features(self) -> int:  # type: ignore[override]
        """How many features a row has before it is encoded."""
        return self.encoding.features

    def _score(self, X: Floats) -> Floats:
        return self.encoding.link(self.ask(self.encoding.inputs(X)))

    def files(self) -> Files:
        """There are none: the weights are not here."""
        raise _elsewhere()

    @classmethod
    def _from_files(cls, files: Any) -> Self:  # noqa: ARG003 (there are none)
        raise _elsewhere()


def _elsewhere() -> ModelError:
    return ModelError("the weights of this model are with its owner", remedy="save the client's part instead")


def _nobody(_inputs: Floats) -> Floats:
    raise _elsewhere()
