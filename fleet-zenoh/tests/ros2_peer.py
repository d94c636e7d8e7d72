"""What an implementation of ROS 2's encoding that is not ours makes of our messages.

Reads lines of a type and an encoding in hexadecimal digits. Prints for each, as one line of JSON, the hash of the type,
the fields, and the encoding of those fields. Needs the package `rosbags`; without it the exit code is 3.
"""

import dataclasses
import json
import sys

try:
    from rosbags.typesys import Stores, get_typestore
except ImportError:
    sys.exit(3)


def plain(value):
    """Without the types of Python packages, and without constants; what is not a number is a text."""
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value) if field.name.islower() and field.name[0] != "_"]
        return {name: plain(getattr(value, name)) for name in names}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, float) and value != value:
        return "nan"
    return value


store = get_typestore(Stores.ROS2_JAZZY)
for line in sys.stdin:
    name, encoding = line.split()
    message = store.deserialize_cdr(bytes.fromhex(encoding), name)
    again = bytes(store.serialize_cdr(message, name))
    print(json.dumps({"hash": store.hash_rihs01(name), "fields": plain(message), "again": again.hex()}))
