"""A throwaway authority and a signer's certificate, as C2PA wants them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID


@dataclass(frozen=True)
class SignerFiles:
    """certificate: the chain. authority: the PEM of who vouches for it."""

    certificate: Path
    private_key: Path
    authority: str


def signer_files(folder: Path) -> SignerFiles:
    """An authority that nobody knows, and a certificate of it for signing content."""
    authority_key, key = (ec.generate_private_key(ec.SECP256R1()) for _number in range(2))
    authority = _certificate("Test authority", "Test authority", authority_key, authority_key)
    own = _certificate("Test signer", "Test authority", key, authority_key)
    chain = own.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM)
    files = SignerFiles(
        folder / "chain.pem", folder / "key.pem", authority.public_bytes(Encoding.PEM).decode()
    )
    files.certificate.write_bytes(chain)
    files.private_key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return files


def _certificate(
    subject: str, issuer: str, key: ec.EllipticCurvePrivateKey, issuer_key: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    is_authority, moment = subject == issuer, datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=30))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(
            x509.KeyUsage(not is_authority, *[False] * 4, is_authority, is_authority, False, False),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    if not is_authority:
        purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purposes, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Test Portal"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
