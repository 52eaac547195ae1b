"""How is an event carried on the log? Key, headers and body of a record, and what is promised of the topics they stand on."""

from __future__ import annotations

from shared.contracts.schema import Schema

BINDING = "0.5.0"  # version of the Kafka bindings of AsyncAPI

DIGEST = (
    "SHA-256 of the event's canonical form, big-endian: partition (int16), position (int64), stream version (int32), stream id and event id"
    " (16 bytes each), occurred and recorded time (int64 each, microseconds since 2000-01-01 UTC), version of the type (int16), the lengths"
    " of type, body and attributes (int32 each), then these three. Attributes are one JSON object without spaces: key, correlationid,"
    " causationid, traceparent, policyversion, each null where it is absent."
)

EVENTS_ARE_KEPT: Schema = {"cleanup.policy": ["delete"], "retention.ms": -1, "retention.bytes": -1, "max.message.bytes": 1_048_588}
NEWEST_IS_KEPT: Schema = {"cleanup.policy": ["compact"]}

HEADERS: Schema = {
    "type": "object",
    "description": "CloudEvents 1.0 attributes, binary mode: every value is text. The last four are absent when they do not apply.",
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "The event's id."},
        "ce_type": {"type": "string", "description": "The event's name and version, <service>.<what-happened>.v<n>."},
        "ce_source": {"type": "string", "pattern": "^redress/[a-z]+$", "description": "The service that decided it."},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it happened."},
        "ce_subject": {"type": "string", "format": "uuid", "description": "The record's key: the complaint's id, else the own id."},
        "ce_sequence": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Position in the partition: dense, in order of commit."},
        "ce_partition": {"type": "string", "pattern": "^[0-9]+$", "description": "Partition of the store and of the topic."},
        "ce_streamid": {"type": "string", "format": "uuid", "description": "The aggregate's stream."},
        "ce_streamversion": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "Version of the stream, 1 for its first event."},
        "ce_recordedtime": {"type": "string", "format": "date-time", "description": "When it was recorded: rises within a partition and from cause to effect."},
        "ce_digest": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": DIGEST},
        "ce_hash": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "SHA-256 of the 32 bytes of the hash before it in its partition (nothing before the first) and the 32 of its digest."},
        "content-type": {"type": "string", "const": "application/json"},
        "ce_policyversion": {"type": "string", "description": "The policy the decision followed."},
        "ce_correlationid": {"type": "string", "description": "What the whole conversation goes back to."},
        "ce_causationid": {"type": "string", "description": "The event this one follows from."},
        "ce_traceparent": {"type": "string", "description": "W3C trace context."},
    },
}  # fmt: skip
HEADERS["required"] = [
    name for name in HEADERS["properties"] if name not in {"ce_policyversion", "ce_correlationid", "ce_causationid", "ce_traceparent"}
]

WATERMARK: Schema = {
    "name": "watermark",
    "title": "Nothing earlier is missing",
    "summary": "Position n was the last of this service's partition at time T; everything recorded later carries a later time.",
    "contentType": "application/json",
    "bindings": {
        "kafka": {"key": {"type": "string", "pattern": "^[a-z]+/[0-9]+$", "description": "service/partition"}, "bindingVersion": BINDING}
    },
    "payload": {
        "type": "object",
        "properties": {
            "position": {"type": "integer", "minimum": 0},
            "time": {"type": "string", "format": "date-time"},
            "checkpoint": {
                "description": "The newest signed point of the partition's hash chain: the service vouches for all up to it.",
                "type": "object",
                "properties": {
                    "position": {"type": "integer", "minimum": 1},
                    "hash": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                    "signed_at": {"type": "string", "format": "date-time"},
                    "signature": {"type": "string", "contentEncoding": "base64", "description": "Ed25519"},
                },
                "required": ["position", "hash", "signed_at", "signature"],
            },
        },
        "required": ["position", "time"],
    },
}
KEY: Schema = {
    "kafka": {"key": {"type": "string", "format": "uuid", "description": "The complaint's id, else the own id."}, "bindingVersion": BINDING}
}
