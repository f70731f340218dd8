"""C2PA manifests: signed into a file, and read back with the state of their signature. Pure Python.

Sources: C2PA Technical Specification 2.2, sections 13 (signing), 15 (validation), 18.14 (actions). Nothing is
fetched from the network while a file is read; only a time stamp authority is asked while one is signed.
"""

import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from moderation.provenance.source_types import DigitalSourceType

MAX_TEXT = 200
_READ_FORMATS = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "gif": "image/gif",
    "tiff": "image/tiff",
    "heif": "image/heif",
    "mp4": "video/mp4",
}
_UNTRUSTED = "signingCredential.untrusted"


class CredentialsFault(Exception):
    """The certificate or its key cannot be used, or the file cannot be signed."""


@dataclass(frozen=True)
class SigningCredentials:
    """A certificate chain (PEM, the signer's own first) and its private key (PEM, PKCS 8, not encrypted).

    timestamp_url: a time stamp authority (RFC 3161); empty for none.
    """

    certificates: bytes = field(repr=False)
    private_key: bytes = field(repr=False)
    algorithm: str = "es256"
    timestamp_url: str = ""

    @property
    def serial(self) -> str:
        """The serial number of the signer's certificate, as reports give it."""
        from cryptography import x509

        return str(x509.load_pem_x509_certificates(self.certificates)[0].serial_number)

    @classmethod
    def load(cls, certificate: Path, private_key: Path, timestamp_url: str = "") -> "SigningCredentials":
        """Read both files and choose the algorithm by the key. Raises CredentialsFault."""
        try:
            chain, key = certificate.read_bytes(), private_key.read_bytes()
            return cls(chain, key, _algorithm(chain, key), timestamp_url)
        except (OSError, ValueError, TypeError) as error:
            raise CredentialsFault(f"{certificate} and {private_key}: {error}") from error


@dataclass(frozen=True)
class Ingredient:
    """Something that a file was made of.

    role: what it was to the work. sha256: of the bytes that were used. labels: what was found in the
    original, as short texts. None of its pixels go into the manifest.
    """

    role: str
    mime: str
    sha256: str
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """What a manifest says: the tool, how the file came to be, and of what it was made."""

    title: str
    tool: str
    tool_version: str
    source_type: DigitalSourceType
    ingredients: tuple[Ingredient, ...] = ()


@dataclass(frozen=True)
class C2paReport:
    """What a file's manifest says, and how far it can be believed.

    state: "trusted" (signed by a certificate of a known authority), "valid" (the signature and the hashes
    hold, but nobody vouches for who signed: anybody can make such a certificate), "invalid" (something was
    changed), or "unreadable". source_types: of the active manifest; inherited_types: of the manifests of what
    the file was made of. failures: codes of the specification.
    """

    state: str
    signer: str = ""
    tool: str = ""
    serial: str = ""
    signed_at: str = ""
    source_types: tuple[str, ...] = ()
    inherited_types: tuple[str, ...] = ()
    ingredients: int = 0
    failures: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        """Nothing was changed since it was signed."""
        return self.state in ("trusted", "valid")


def sign_file(source: Path, target: Path, mime: str, claim: Claim, credentials: SigningCredentials) -> None:
    """Write `source` with a signed manifest to `target`; nothing may be changed after that.

    Raises CredentialsFault.
    """
    import c2pa

    info = c2pa.C2paSignerInfo(
        alg=credentials.algorithm.encode(),
        sign_cert=credentials.certificates,
        private_key=credentials.private_key,
        ta_url=credentials.timestamp_url.encode() or None,
    )
    try:
        with (
            c2pa.Context(settings=c2pa.Settings.from_dict(_SETTINGS)) as context,
            c2pa.Builder(_manifest(claim, mime), context=context) as builder,
            c2pa.Signer.from_info(info) as signer,
            source.open("rb") as given,
            target.open("w+b") as made,
        ):
            builder.sign(signer, mime, given, made)
    except c2pa.C2paError as error:
        raise CredentialsFault(f"not signed: {error}") from error


def read_manifest(source: Path | bytes, file_format: str, trust_anchors: str = "") -> C2paReport | None:
    """The manifest of a picture or video; None when it has none, or is of a format that carries none.

    file_format: as Packets.format says. trust_anchors: certificates (PEM) of the authorities to believe.
    Never raises for anything that the file holds.
    """
    mime = _READ_FORMATS.get(file_format)
    if mime is None or not _may_have_one(source):
        return None
    import c2pa

    settings: dict[str, Any] = dict(_SETTINGS)
    if trust_anchors:
        settings["trust"] = {"trust_anchors": trust_anchors}
        settings["verify"] = {**_SETTINGS["verify"], "verify_trust": True}
    try:
        with (
            c2pa.Context(settings=c2pa.Settings.from_dict(settings)) as context,
            source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream,
        ):
            reader = c2pa.Reader.try_create(mime, stream, context=context)
            if reader is None:
                return None
            with reader:
                return _report(json.loads(reader.json()))
    except (c2pa.C2paError, ValueError, RecursionError):
        return C2paReport("unreadable", failures=("unreadable",))


_SETTINGS: dict[str, Any] = {
    "builder": {"thumbnail": {"enabled": False}},
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
}
INPUTS_ASSERTION = "org.tongyi-portal.inputs"


def _manifest(claim: Claim, mime: str) -> dict[str, Any]:
    created: dict[str, Any] = {"action": "c2pa.created", "digitalSourceType": claim.source_type.value}
    if claim.ingredients:
        names = [f"input-{number}" for number in range(len(claim.ingredients))]
        created["parameters"] = {"ingredientIds": names}
    inputs = [
        {"role": one.role, "sha256": one.sha256, "labels": list(one.labels)} for one in claim.ingredients
    ]
    assertions = [{"label": "c2pa.actions", "data": {"actions": [created]}}]
    if inputs:
        assertions.append({"label": INPUTS_ASSERTION, "data": {"inputs": inputs}})
    return {
        "claim_generator_info": [{"name": claim.tool, "version": claim.tool_version}],
        "title": claim.title,
        "format": mime,
        "assertions": assertions,
        "ingredients": [_ingredient(one, number) for number, one in enumerate(claim.ingredients)],
    }


def _ingredient(one: Ingredient, number: int) -> dict[str, Any]:
    return {
        "title": one.role,
        "format": one.mime,
        "relationship": "inputTo",
        "label": f"input-{number}",
        "instance_id": f"sha256:{one.sha256}",
    }


def _algorithm(certificates: bytes, private_key: bytes) -> str:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    certificate = x509.load_pem_x509_certificates(certificates)[0]
    key = load_pem_private_key(private_key, None)
    if key.public_key() != certificate.public_key():
        raise ValueError("the key does not belong to the certificate")
    if isinstance(key, ec.EllipticCurvePrivateKey):
        names = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if key.curve.name in names:
            return names[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise ValueError("a key on P-256, P-384, P-521, Ed25519 or RSA is needed")


def _may_have_one(source: Path | bytes) -> bool:
    """Manifests are JUMBF boxes; looking for their name is faster than asking the library."""
    if isinstance(source, bytes):
        return b"c2pa" in source
    with source.open("rb") as file:
        before = b""
        while part := file.read(1024 * 1024):
            if b"c2pa" in before + part:
                return True
            before = part[-3:]
    return False


def _report(store: dict[str, Any]) -> C2paReport:
    manifests = store.get("manifests") or {}
    active = manifests.get(store.get("active_manifest")) or {}
    others = [manifest for label, manifest in manifests.items() if label != store.get("active_manifest")]
    signature = active.get("signature_info") or {}
    tools = active.get("claim_generator_info") or [{}]
    failures = tuple(dict.fromkeys(str(one.get("code")) for one in store.get("validation_status") or []))
    tool = " ".join(str(tools[0].get(name) or "") for name in ("name", "version")).strip()
    return C2paReport(
        state={"Trusted": "trusted", "Valid": "valid"}.get(str(store.get("validation_state")), "invalid"),
        signer=str(signature.get("issuer") or signature.get("common_name") or "")[:MAX_TEXT],
        tool=(tool or str(active.get("claim_generator") or ""))[:MAX_TEXT],
        serial=str(signature.get("cert_serial_number") or "")[:80],
        signed_at=str(signature.get("time") or "")[:40],
        source_types=tuple(dict.fromkeys(_source_types([active])))[:8],
        inherited_types=tuple(dict.fromkeys(_source_types(others)))[:8],
        ingredients=len(active.get("ingredients") or []),
        failures=tuple(code for code in failures if code != _UNTRUSTED)[:16],
    )


def _source_types(manifests: Iterable[dict[str, Any]]) -> Iterator[str]:
    for manifest in manifests:
        for assertion in manifest.get("assertions") or []:
            if not str(assertion.get("label", "")).startswith("c2pa.actions"):
                continue
            for action in (assertion.get("data") or {}).get("actions") or []:
                if kind := action.get("digitalSourceType"):
                    yield str(kind)[:MAX_TEXT]
