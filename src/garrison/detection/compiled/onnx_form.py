"""The part of the ONNX format that a graph of one node needs, written through protobuf's own library.

The messages and their field numbers are those of onnx.proto (ONNX IR version 8); what is not used is left out, as
protobuf allows. So that a model can be handed to ONNX Runtime, the ``onnx`` package need not be installed.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 8
OPSETS = {"": 18, "ai.onnx.ml": 5}
ELEMENT_TYPES = {"float32": 1, "uint8": 2, "float64": 11}
INT, TENSOR, INTS = 2, 4, 7

_OPTIONAL, _REPEATED = 1, 3
_KINDS = {"float": 2, "int64": 3, "int32": 5, "string": 9, "message": 11, "bytes": 12}

_MESSAGES: dict[str, dict[str, tuple[int, str, bool]]] = {
    "ModelProto": {
        "ir_version": (1, "int64", False),
        "producer_name": (2, "string", False),
        "graph": (7, "GraphProto", False),
        "opset_import": (8, "OperatorSetIdProto", True),
    },
    "OperatorSetIdProto": {"domain": (1, "string", False), "version": (2, "int64", False)},
    "GraphProto": {
        "node": (1, "NodeProto", True),
        "name": (2, "string", False),
        "input": (11, "ValueInfoProto", True),
        "output": (12, "ValueInfoProto", True),
    },
    "NodeProto": {
        "input": (1, "string", True),
        "output": (2, "string", True),
        "op_type": (4, "string", False),
        "attribute": (5, "AttributeProto", True),
        "domain": (7, "string", False),
    },
    "AttributeProto": {
        "name": (1, "string", False),
        "i": (3, "int64", False),
        "t": (5, "TensorProto", False),
        "ints": (8, "int64", True),
        "type": (20, "int32", False),
    },
    "TensorProto": {
        "dims": (1, "int64", True),
        "data_type": (2, "int32", False),
        "raw_data": (9, "bytes", False),
    },
    "ValueInfoProto": {"name": (1, "string", False), "type": (2, "TypeProto", False)},
    "TypeProto": {"tensor_type": (1, "TensorTypeProto", False)},
    "TensorTypeProto": {"elem_type": (1, "int32", False), "shape": (2, "TensorShapeProto", False)},
    "TensorShapeProto": {"dim": (1, "DimensionProto", True)},
    "DimensionProto": {"dim_value": (1, "int64", False), "dim_param": (2, "string", False)},
}


def one_node(
    operator: str,
    domain: str,
    attributes: Mapping[str, int | Sequence[int] | NDArray[Any]],
    *,
    dtype: str,
    columns: int,
    outputs: int,
) -> bytes:
    """A model of one node from ``X`` of shape (n, columns) to ``Y`` of shape (n, outputs), both of ``dtype``.

    Attributes are whole numbers, lists of them, or arrays.
    """
    kinds = _classes()
    model = kinds["ModelProto"](ir_version=IR_VERSION, producer_name="garrison")
    for name, version in OPSETS.items():
        model.opset_import.add(domain=name, version=version)
    graph = model.graph
    graph.name = operator
    node = graph.node.add(op_type=operator, domain=domain)
    node.input.append("X")
    node.output.append("Y")
    for name, value in attributes.items():
        _set(node.attribute.add(name=name), value)
    for target, name, width in ((graph.input, "X", columns), (graph.output, "Y", outputs)):
        tensor = target.add(name=name).type.tensor_type
        tensor.elem_type = ELEMENT_TYPES[dtype]
        tensor.shape.dim.add(dim_param="n")
        tensor.shape.dim.add(dim_value=width)
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def _set(attribute: Any, value: int | Sequence[int] | NDArray[Any]) -> None:
    if isinstance(value, int):
        attribute.i, attribute.type = value, INT
    elif isinstance(value, np.ndarray):
        attribute.t.dims.extend(value.shape)
        attribute.t.data_type = ELEMENT_TYPES[value.dtype.name]
        attribute.t.raw_data = value.astype(value.dtype.newbyteorder("<")).tobytes()
        attribute.type = TENSOR
    else:
        attribute.ints.extend(value)
        attribute.type = INTS


@cache
def _classes() -> dict[str, Any]:
    """The messages as classes, in a pool of their own: nothing clashes with an ``onnx`` that is installed."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    file = descriptor_pb2.FileDescriptorProto(name="garrison/onnx.proto", package="onnx", syntax="proto2")
    for message, fields in _MESSAGES.items():
        described = file.message_type.add(name=message)
        for name, (number, kind, repeated) in fields.items():
            field = described.field.add(name=name, number=number, label=_REPEATED if repeated else _OPTIONAL)
            if kind in _MESSAGES:
                field.type, field.type_name = _KINDS["message"], f".onnx.{kind}"
            else:
                field.type = _KINDS[kind]
            if kind == "int64" and repeated:
                field.options.packed = False
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"onnx.{name}"))
        for name in _MESSAGES
    }
