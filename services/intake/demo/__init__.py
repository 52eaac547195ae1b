"""Which data does the product show itself with? Six years of travellers' claims to the US Transportation Security Administration.

A work of the US federal government, in the public domain there (17 U.S.C. 105); the table is as published, `tsa.toml` says what it means.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
TABLE = FOLDER / "tsa-claims-2010-2015.csv.gz"
MAPPING = FOLDER / "tsa.toml"
