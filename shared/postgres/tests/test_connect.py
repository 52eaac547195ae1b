"""Is a database's URL understood as others write it?"""

from __future__ import annotations

import pytest

from shared.cannot_start import CannotStart
from shared.keys import Keys
from shared.postgres.connect import Dsn, role_password


def test_a_url_names_all():
    assert Dsn.parse("postgresql://owner:p%40ss%2Fword@db.example.com:6543/complaints?sslmode=require") == Dsn(
        "db.example.com", 6543, "owner", "p@ss/word", "complaints", "require"
    )


def test_what_a_url_leaves_out_is_what_one_would_expect():
    assert Dsn.parse("postgres://") == Dsn("localhost", 5432, "redress", None, "redress", None)
    assert Dsn.parse("postgresql:///x?host=/var/run/postgresql").where == "in /var/run/postgresql"


@pytest.mark.parametrize(("url", "sentence"), [
    ("postgresql://db:port/x", "is not a URL"),
    ("postgresql://db/x?sslmode=require&target_session_attrs=any&options=x", "has options, target_session_attrs; only sslmode and host"),
])  # fmt: skip
def test_a_url_that_says_more_or_less_is_refused(url: str, sentence: str):
    with pytest.raises(CannotStart, match=sentence):
        Dsn.parse(url)


def test_a_service_logs_in_with_what_follows_from_the_master_key():
    keys = Keys.generate()
    service = Dsn.parse("postgresql://owner:secret@db/redress", keys).for_role("capa")
    assert (service.user, service.password, service.database) == ("redress_capa", role_password(keys, "capa"), "redress")
    assert role_password(keys, "capa") != role_password(keys, "survey") != role_password(Keys.generate(), "survey")


def test_no_password_is_shown():
    assert "secret" not in repr(Dsn.parse("postgresql://owner:secret@db/redress"))
