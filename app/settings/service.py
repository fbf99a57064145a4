"""The library's or city's own service for signing in: its settings."""

from __future__ import annotations

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.settings.kinds import Issuer, SecretSigns, Signs


class ServiceSettings(BaseModel):
    """What `Settings` says of it. All of it is set, or nothing is and there is no such way in."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    oidc_issuer: Issuer = ""
    """An OpenID Connect service by which staff may sign in, such as https://login.city.example; empty means none."""

    oidc_client_id: Signs = Field(default="", max_length=255)
    """What that service calls us."""

    oidc_client_secret: SecretSigns = SecretStr("")
    """By what it knows us."""

    oidc_name: str = Field(default="", max_length=60)
    """What staff call an account there, such as City account: the button says so."""

    @model_validator(mode="after")
    def _service_agrees(self) -> Self:
        parts = (
            self.oidc_issuer,
            self.oidc_client_id,
            self.oidc_client_secret.get_secret_value(),
            self.oidc_name.strip(),
        )
        if any(parts) and not all(parts):
            raise ValueError("oidc_issuer, oidc_client_id, oidc_client_secret and oidc_name come together")
        return self
