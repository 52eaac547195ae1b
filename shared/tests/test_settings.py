"""Do the settings say in a sentence what is wrong with them?"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from shared.settings import Settings, WrongSetting, load

_EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting but the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("REDRESS_"):
            monkeypatch.delenv(name)


def test_nothing_needs_to_be_set():
    settings = load()
    assert settings.embedded
    assert (settings.port, settings.bind, settings.partitions, settings.region) == (8080, "127.0.0.1", 8, "CN")
    assert settings.zone.key == "Asia/Shanghai"


def test_the_command_line_goes_before_the_environment_and_that_before_the_file(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text("REDRESS_PORT=1\nREDRESS_REGION=DE\nREDRESS_BIND=::1\nOTHERS=fine\n")
    monkeypatch.setenv("REDRESS_PORT", "2")
    monkeypatch.setenv("REDRESS_REGION", "FR")
    settings = load(port=3, data=None)
    assert (settings.port, settings.region, settings.bind) == (3, "FR", "::1")


def test_an_empty_value_is_none(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("REDRESS_DATABASE_URL", "")
    assert load().embedded


@pytest.mark.parametrize(("name", "sentence"), [
    ("REDRESS_PROT", "There is no setting REDRESS_PROT. Did you mean REDRESS_PORT?"),
    ("REDRESS_XYZZY", "There is no setting REDRESS_XYZZY. The file .env.example lists those there are."),
    ("REDRESS_MANUAL_CLOCK", "There is no setting REDRESS_MANUAL_CLOCK. The file .env.example lists those there are."),
])  # fmt: skip
@pytest.mark.parametrize("where", ["environment", "file"])
def test_an_unknown_name_is_an_error(name: str, sentence: str, where: str, monkeypatch: pytest.MonkeyPatch):
    if where == "file":
        Path(".env").write_text(f"{name}=1\n")
    else:
        monkeypatch.setenv(name, "1")
    with pytest.raises(WrongSetting) as refused:
        load()
    assert refused.value.sentence == sentence


@pytest.mark.parametrize(("name", "value", "sentence"), [
    ("REDRESS_PORT", "http", "REDRESS_PORT must be a port number, or 0 for any free one, not 'http'."),
    ("REDRESS_PORT", "70000", "REDRESS_PORT must be a port number, or 0 for any free one, not '70000'."),
    ("REDRESS_PARTITIONS", "0", "REDRESS_PARTITIONS must be a whole number from 1 to 128, not '0'."),
    ("REDRESS_TIMEZONE", "Mars/Olympus", "REDRESS_TIMEZONE must be a time zone like Asia/Shanghai, not 'Mars/Olympus'."),
    ("REDRESS_TIMEZONE", "../etc", "REDRESS_TIMEZONE must be a time zone like Asia/Shanghai, not '../etc'."),
    ("REDRESS_REGION", "china", "REDRESS_REGION must be a country as two capital letters, like CN, not 'china'."),
    ("REDRESS_LOG", "rabbit", "REDRESS_LOG must be postgres or kafka, not 'rabbit'."),
    ("REDRESS_LOG", "kafka", "REDRESS_LOG is kafka, so REDRESS_KAFKA_BOOTSTRAP must name a broker, for example localhost:9092."),
    ("REDRESS_KAFKA_BOOTSTRAP", "localhost", "REDRESS_KAFKA_BOOTSTRAP must be host:port, or several with commas, not 'localhost'."),
    ("REDRESS_KAFKA_REPLICATION", "0", "REDRESS_KAFKA_REPLICATION must be how many brokers keep each topic, a whole number from 1 to 32, not '0'."),
    ("REDRESS_KAFKA_MIN_INSYNC", "2", "REDRESS_KAFKA_MIN_INSYNC is 2, but only REDRESS_KAFKA_REPLICATION=1 brokers keep a topic: nothing would ever count."),
    ("REDRESS_DATABASE_URL", "mysql://root:secret@db/x", "REDRESS_DATABASE_URL must be a URL like postgresql://owner:password@host:5432/redress."),
    ("REDRESS_TRUSTED_PROXIES", "gateway", "REDRESS_TRUSTED_PROXIES must be addresses or networks like 10.0.0.5 or 172.16.0.0/12, with commas, not 'gateway'."),
    ("REDRESS_GATEWAY_CAPA", "capa:8080", "REDRESS_GATEWAY_CAPA must be the URLs of the service's instances, like http://host:8080, with commas, not 'capa:8080'."),
    ("REDRESS_SMTP_URL", "smtp.example.com", "REDRESS_SMTP_URL must be a URL like smtp://user:password@mail.example.com:587."),
    ("REDRESS_PUBLIC_URL", "example.com", "REDRESS_PUBLIC_URL must be the URL people reach the product at, not 'example.com'."),
])  # fmt: skip
def test_a_wrong_value_is_said_in_a_sentence(name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSetting) as refused:
        load()
    assert refused.value.sentence == sentence


def test_mail_comes_from_somebody():
    with pytest.raises(WrongSetting) as refused:
        load(smtp_url="smtp://mail.example.com")
    assert "REDRESS_MAIL_FROM must say whom mail comes from" in refused.value.sentence


def test_passwords_are_not_shown():
    settings = load(database_url="postgresql://owner:secret@db/redress", smtp_url="smtp://me:secret@mail", mail_from="us@example.com")
    assert "secret" not in repr(settings)


def test_the_example_explains_every_setting_with_its_default():
    text = _EXAMPLE.read_text(encoding="utf-8")
    shown = dict(re.findall(r"^#(REDRESS_\w+)=(.*)$", text, re.M))
    fields = {f"REDRESS_{name.upper()}": field for name, field in Settings.model_fields.items() if name != "manual_clock"}
    assert shown.keys() == fields.keys()
    for name, field in fields.items():
        if field.default is not None:
            assert shown[name] == str(field.default)


def test_the_example_is_valid_when_all_of_it_is_taken(monkeypatch: pytest.MonkeyPatch):
    Path(".env").write_text(re.sub(r"^#(REDRESS_)", r"\1", _EXAMPLE.read_text(encoding="utf-8"), flags=re.M))
    assert not load().embedded
