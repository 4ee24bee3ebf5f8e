"""What a notice says: no patient, and no finding unless the channel is told to name it."""

import json
from datetime import datetime

from overread.channels import Channel
from overread.records import Alert
from overread.store.notices import NoticeKey


def notification(
    case_id: str, alert: Alert, key: NoticeKey, role: str, channel: Channel, page: str, now: datetime
) -> bytes:
    """Write a notice as JSON, UTF-8.

    `notice` is the same for every attempt at one notice: a receiver that keeps it need not tell anybody twice.
    """
    content: dict[str, object] = {
        "event": "critical_result",
        "notice": f"{key.alert_id}/{key.step}/{key.channel}/{key.recipient}",
        "case": case_id,
        "category": alert.category,
        "raised_at": alert.raised_at.isoformat(),
        "at": now.isoformat(),
        "minutes_open": max(0, int((now - alert.raised_at).total_seconds() // 60)),
        "role": role,
        "recipient": key.recipient,
        "link": f"{page.rstrip('/')}/?case={case_id}",
    }
    if channel.name_finding:
        content |= {"finding": alert.label, "laterality": alert.laterality}
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
