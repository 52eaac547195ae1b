"""What is the body of a request? An object with known fields only, and for whom the caller acts."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.web.fields import FreeText

TEXT = 20_000


class Part(BaseModel):
    """An object inside a body. No text of it is longer than a free text may be."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        str_max_length=TEXT,
        allow_inf_nan=False,
        regex_engine="rust-regex",
    )


class Body(Part):
    """The body itself. `on_behalf_of` goes into the event by way of `Do`, not of the command."""

    on_behalf_of: Annotated[FreeText | None, Field(description="For whom the caller acts, in plain words.")] = None
