"""Files agents attach: kept before the reply is written, and sent with it."""

from __future__ import annotations

import hashlib
from uuid import UUID

from sqlalchemy import text
from uuid_utils.compat import uuid7

from channels.envelope import Kind
from ticketing.codec import stored_text
from ticketing.desk import Desk
from ticketing.errors import Busy
from ticketing.media import sniffed
from ticketing.storage import Storage, storage_key

_KINDS = {"image": Kind.IMAGE, "audio": Kind.AUDIO, "video": Kind.VIDEO}

_INSERT = text(
    "INSERT INTO attachments (id, uploaded_by, kind, content_type, name, size, state, storage_key, sha256)"
    " VALUES (:id, :uploaded_by, :kind, :content_type, :name, :size, 'stored', :storage_key, :sha256)"
)


async def upload(
    desk: Desk, storage: Storage, agent_id: UUID, *, name: str, content_type: str, data: bytes
) -> UUID:
    """Keep a file and return its attachment id. What it is, its bytes decide. Busy when it cannot be kept."""
    attachment_id = uuid7()
    sha256 = hashlib.sha256(data).digest()
    key = storage_key("upload", str(attachment_id), sha256)
    try:
        await storage.put(key, data)
    except Exception as error:
        raise Busy("Files cannot be stored at the moment.") from error
    found = sniffed(data, content_type)
    values = {
        "id": attachment_id,
        "uploaded_by": agent_id,
        "kind": _KINDS.get(found.partition("/")[0], Kind.DOCUMENT).value,
        "content_type": found,
        "name": stored_text(name, 200),
        "size": len(data),
        "storage_key": key,
        "sha256": sha256,
    }
    async with desk.transaction() as transaction:
        await transaction.connection.execute(_INSERT, values)
    return attachment_id
