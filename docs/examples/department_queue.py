"""Prints the open work of a department, and goes on printing it as it changes: a consumer from outside, for you to start from.

It knows nothing of the product but what `contracts/asyncapi.json` says, and needs nothing but `pip install aiokafka`:

    python department_queue.py technical --bootstrap 127.0.0.1:9092 --state queue.json

It does what any consumer must:

- It begins with the first event there ever was, and keeps what it has made of them (`--state`) together with the positions it has reached, in one
  file that is replaced at once. So after a crash nothing is missing, and nothing has happened twice.
- It tells repeats by the position (`ce_sequence`), and stops when a position is missing.
- It seeks by position, never by a remembered offset: the event at position n + 1 has at least n records before it, so it cannot have been passed
  by at offset n, even if the topic was lost and rebuilt meanwhile.
- What it does not know it skips: new types of events come without notice.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

TOPIC = "redress.routing"  # channel `routing`


class Missing(Exception):
    """An event is not where it must be. Nothing may be skipped: somebody has to look."""


@dataclass
class Queue:
    """The open work items by their id, and the last position applied of each partition."""

    items: dict[str, dict[str, str]] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)

    def take(self, record: ConsumerRecord) -> bool:
        """Applies a record once; True when the queue is another one now."""
        headers = {name: value.decode() for name, value in record.headers}
        position, last = int(headers["ce_sequence"]), self.reached(record.partition)
        if position <= last:
            return False  # a repeat
        if position > last + 1:
            raise Missing(f"{record.topic}/{record.partition}: {position} follows {last}")
        self.positions[str(record.partition)] = position
        return self._apply(headers["ce_type"], json.loads(record.value))

    def reached(self, partition: int) -> int:
        return self.positions.get(str(partition), 0)  # JSON knows no other keys than text

    def _apply(self, kind: str, event: dict[str, str]) -> bool:
        match kind:
            case "routing.work-item-offered.v1":
                wanted = ("number", "department", "task", "severity", "due_at")
                self.items[event["item_id"]] = {name: event[name] for name in wanted if event.get(name) is not None}
            case "routing.work-item-taken.v1" | "routing.work-item-assigned.v1":
                self.items[event["item_id"]]["holder"] = event["holder_name"]
            case "routing.work-item-returned.v1" | "routing.work-item-handed-over.v1":
                item = self.items[event["item_id"]]
                item["department"] = event.get("to_department") or event["department"]
                item.pop("holder", None)
            case "routing.work-item-done.v1":
                del self.items[event["item_id"]]
            case _:
                return False
        return True

    def lines(self, department: str) -> list[str]:
        """What waits in a department, most urgent first."""
        mine = [item for item in self.items.values() if item["department"] == department]
        mine.sort(key=lambda item: (item.get("due_at", "9999"), item.get("number", "")))
        return [
            f"{item.get('number', 'inquiry'):<13}  {item['task']:<16} {item.get('severity', '-'):<10} {item.get('due_at', 'no date'):<25} {item.get('holder', 'open')}"
            for item in mine
        ]

    def keep(self, file: Path) -> None:
        making = file.with_suffix(".making")
        making.write_text(json.dumps(asdict(self)), encoding="utf-8")
        making.replace(file)


def kept(file: Path | None) -> Queue:
    return Queue(**json.loads(file.read_text(encoding="utf-8"))) if file and file.exists() else Queue()


async def follow(department: str, bootstrap: str, state: Path | None) -> None:
    """Reads what it has not seen, prints the queue, and prints it again after every change, for ever."""
    queue = kept(state)
    # Without a group it is given all partitions. `earliest` although it seeks, and another look at the topic now and then: it
    # may be made anew while this reads.
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest", metadata_max_age_ms=10_000
    )
    await consumer.start()
    try:
        partitions = consumer.assignment()
        for partition in partitions:
            consumer.seek(partition, queue.reached(partition.partition))
        ahead = await consumer.end_offsets(list(partitions))  # what is there already is not worth a print each
        changed, doubted = True, dict[TopicPartition, int]()
        while True:
            found = await consumer.getmany(timeout_ms=500)
            for partition, records in found.items():
                try:
                    for record in records:
                        changed = queue.take(record) or changed
                except Missing:
                    reached = queue.reached(partition.partition)
                    if doubted.get(partition) == reached:
                        raise
                    doubted[partition] = reached  # or the topic is another one than a moment ago: once more, by the position
                    consumer.seek(partition, reached)
            if state and found:
                queue.keep(state)
            ahead = {partition: end for partition, end in ahead.items() if await consumer.position(partition) < end}
            if changed and not ahead:
                changed = False
                print(f"-- {department} --", *queue.lines(department), sep="\n", flush=True)
    finally:
        await consumer.stop()


def main() -> int:
    asked = argparse.ArgumentParser(description="Prints the open work of a department, and goes on printing it as it changes.")
    asked.add_argument("department")
    asked.add_argument("--bootstrap", default="127.0.0.1:9092", help="any broker of the cluster")
    asked.add_argument("--state", type=Path, help="a file to go on from the next time")
    given = asked.parse_args()
    try:
        asyncio.run(follow(given.department, given.bootstrap, given.state))
    except KeyboardInterrupt:
        return 0
    except Missing as missing:
        print(f"Stopped, nothing was skipped: {missing}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
