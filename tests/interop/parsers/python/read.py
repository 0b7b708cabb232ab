"""What the Python SDK reads in tokens. One token a line comes in as a JSON string, one reading a line goes out."""

import json
import sys

from pubnub.managers import TokenManager

KINDS = {"chan": "channels", "grp": "groups", "uuid": "uuids"}


def text(of):
    return json.dumps(of, ensure_ascii=False)


def value(of):
    if of is None:
        return "null"
    if isinstance(of, bool):
        return "true" if of else "false"
    if isinstance(of, float) and of.is_integer():
        return str(int(of))
    if isinstance(of, (int, float)):
        return str(of)
    if isinstance(of, str):
        return text(of)
    if isinstance(of, bytes):
        return f"bytes {of.hex()}"
    if isinstance(of, list):
        return f"[{', '.join(map(value, of))}]"
    if isinstance(of, dict):
        return "{%s}" % ", ".join(f"{value(key)}: {value(item)}" for key, item in of.items())
    return type(of).__name__


def permissions(granted):
    return "+".join(name for name, is_granted in granted.items() if is_granted) or "nothing"


def reading(token):
    parts = [f"v {value(token['version'])}", f"t {value(token['timestamp'])}", f"ttl {value(token['ttl'])}"]
    if token["authorized_uuid"] is not None:
        parts.append(f"user {value(token['authorized_uuid'])}")
    for section, plural_section in ("res", "resources"), ("pat", "patterns"):
        for kind, plural in KINDS.items():
            grants = token[plural_section].get(plural, {}).items()
            parts.extend(sorted(f"{section} {kind} {value(name)} {permissions(granted)}" for name, granted in grants))
    for kind, plural in KINDS.items():
        if plural in token.get("categories", {}):
            parts.append(f"cat {kind} {permissions(token['categories'][plural])}")
    meta = token["meta"]
    if isinstance(meta, dict):
        parts.extend(sorted(f"meta {value(key)} {value(item)}" for key, item in meta.items()))
    else:
        parts.append(f"meta {value(meta)}")
    return ", ".join(parts)


def read(token):
    try:
        token = TokenManager.parse_token(token)
    except Exception:
        return "refused"
    return reading(token)


for line in sys.stdin:
    print(read(json.loads(line)))
