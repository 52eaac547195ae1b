"""What is written to whom? A mail in Chinese and English that says there is news, never what it is: mail is read by others, too."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import cache
from typing import Any
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from services.intake.notifying.notification import Fail, Send
from services.intake.notifying.otherwise import left_to
from services.intake.tracking import secret
from shared.contracts.intake import ComplaintReceived
from shared.contracts.intake_notifications import NotificationRequested
from shared.labels import Language, label
from shared.policy import Policy
from shared.sealing import plain, unsealed
from shared.service import Service

_LANGUAGES: tuple[tuple[str, Language], ...] = (("zh", "zh-CN"), ("en", "en"))
_RULE = "\n– – –\n\n"
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*")


@dataclass(frozen=True, slots=True)
class Letter:
    """Ready to be handed over: to which addresses, of whom, and the bytes."""

    to: Mapping[str, str]  # address: person
    message: bytes


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes for one service, which mails as `mail_from`, or not at all."""

    service: Service
    tracking_key: bytes

    async def about(self, requested: NotificationRequested) -> Letter | Send | Fail:
        """The mail, or how it ends without one. Addresses are looked up now: a person may have been erased since it was asked for."""
        return await (self._to_staff(requested) if requested.audience == "staff" else self._to_complainant(requested))

    async def _to_complainant(self, requested: NotificationRequested) -> Letter | Send | Fail:
        assert requested.complaint_id is not None
        told = await self.service.store.stream(requested.complaint_id)
        if not told:
            return Fail("no_address")
        (read,) = await unsealed(self.service.vault, self.service.pool, told[:1])
        received = read.event
        assert isinstance(received, ComplaintReceived)
        if read.erased:
            return Fail("erased")
        complainant = plain(received.complainant)
        address = complainant.email.strip() if complainant is not None and complainant.email else None
        if address is None or self.service.settings.smtp_url is None:
            return Send("tracking", left_to(requested.kind, received.channel, complainant))
        if not _ADDRESS.fullmatch(address):
            return Fail("bad_address")
        more = {"secret": secret(self.tracking_key, requested.complaint_id)} if requested.kind == "acknowledgement" else {}
        return self._letter(requested, {address: "complainant"}, received.number, more)

    async def _to_staff(self, requested: NotificationRequested) -> Letter | Fail:
        people = {person.person: person.email for person in self.service.policy().people if person.email is not None}
        known = {address: person for person in requested.persons if (address := people.get(person)) is not None}
        to = {address: person for address, person in known.items() if _ADDRESS.fullmatch(address)}
        if not to or self.service.settings.smtp_url is None:
            return Fail("bad_address" if known else "no_address")
        return self._letter(requested, to, await self._number(requested.complaint_id), {})

    async def _number(self, complaint_id: UUID | None) -> str | None:
        told = [] if complaint_id is None else await self.service.store.stream(complaint_id)
        return told[0].body["number"] if told else None

    def _letter(self, requested: NotificationRequested, to: Mapping[str, str], number: str | None, more: Mapping[str, Any]) -> Letter:
        settings = self.service.settings
        facts = {**more, "number": number, "url": settings.public_url, "subject": number or str(requested.feedback_id or requested.capa_id)}
        subject, text = written(requested, facts, self.service.policy())
        message = EmailMessage(policy=SMTP)
        message["From"] = settings.mail_from or ""
        message["To"] = ", ".join(to)
        message["Subject"] = subject
        message["Date"] = format_datetime(self.service.clock.now())
        # The same at every attempt: whoever gets it twice all the same can tell.
        message["Message-ID"] = f"<{requested.notification_id}@{(settings.mail_from or '').partition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes come back
        message.set_content(text, cte="base64")
        return Letter(to, message.as_bytes())


def written(requested: NotificationRequested, facts: Mapping[str, Any], policy: Policy) -> tuple[str, str]:
    """Subject and text, in both languages: nobody asks a complainant which one to write in."""
    subjects, texts = [], []
    for suffix, language in _LANGUAGES:
        told = {**facts, "level": requested.level, "due_at": _moment(requested.due_at, policy)} | {
            name: label(code, language, policy)
            for name in ("clock", "task", "department")
            if (code := getattr(requested, name)) is not None
        }
        subject, _, text = _templates().get_template(f"{requested.kind}.{suffix}.txt").render(told).partition("\n")
        subjects.append(subject)
        texts.append(text.strip() + "\n")
    return " · ".join(subjects), _RULE.join(texts)


def _moment(at: datetime | None, policy: Policy) -> str | None:
    return None if at is None else f"{at.astimezone(policy.zone):%Y-%m-%d %H:%M}"


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("services.intake.notifying"), undefined=StrictUndefined, autoescape=select_autoescape(), trim_blocks=True
    )
