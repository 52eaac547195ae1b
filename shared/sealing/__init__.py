"""How are people's data kept readable for those who may, and erasable for good? Sealed field by field, a key per complaint."""

from shared.sealing.reading import Opened, Unsealed, box, opened, plain, unsealed
from shared.sealing.seal import ORGANISATION, Tampered, seal, sealed_names, unseal
from shared.sealing.vault import KEY, Vault

__all__ = [
    "KEY",
    "ORGANISATION",
    "Opened",
    "Tampered",
    "Unsealed",
    "Vault",
    "box",
    "opened",
    "plain",
    "seal",
    "sealed_names",
    "unseal",
    "unsealed",
]
