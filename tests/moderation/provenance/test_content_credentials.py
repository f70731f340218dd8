"""C2PA manifests, signed with a throwaway certificate and read back."""

import io
import json
from pathlib import Path

import c2pa
import pytest

from moderation.provenance.content_credentials import (
    INPUTS_ASSERTION,
    Claim,
    CredentialsFault,
    Ingredient,
    SigningCredentials,
    read_manifest,
    sign_file,
)
from moderation.provenance.metadata import AigcMark, check_image, check_video, write_jpeg, write_video
from moderation.provenance.reading import Answer, read_provenance
from moderation.provenance.source_types import DigitalSourceType
from tests.factories.certificates import SignerFiles, signer_files
from tests.factories.pictures import gradient, jpeg
from tests.factories.videos import write_mp4

MARK = AigcMark("tongyi-portal", "0b9d3a52111142228333444455556666")
TYPE = DigitalSourceType.COMPOSITE_WITH_TRAINED
PHOTO = Ingredient("photo", "image/png", "ab" * 32, ("aigc:ai",))
CLAIM = Claim("video", "Tongyi Portal", "0.1.0", TYPE, (PHOTO,))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> SignerFiles:
    return signer_files(tmp_path_factory.mktemp("signer"))


@pytest.fixture
def credentials(signer: SignerFiles) -> SigningCredentials:
    return SigningCredentials.load(signer.certificate, signer.private_key)


def _signed_jpeg(folder: Path, credentials: SigningCredentials) -> bytes:
    source, target = folder / "cover.jpg", folder / "signed.jpg"
    source.write_bytes(write_jpeg(jpeg(), MARK, TYPE))
    sign_file(source, target, "image/jpeg", CLAIM, credentials)
    return target.read_bytes()


def test_a_signed_picture_reads_back_as_valid_but_not_trusted(
    tmp_path: Path, credentials: SigningCredentials
) -> None:
    report = read_manifest(_signed_jpeg(tmp_path, credentials), "jpeg")

    assert report is not None
    assert (report.state, report.holds, report.failures) == ("valid", True, ())
    assert (report.signer, report.tool) == ("Test Portal", "Tongyi Portal 0.1.0")
    assert report.source_types == (TYPE.value,)
    assert report.ingredients == 1


def test_who_knows_the_authority_trusts_the_signature(
    tmp_path: Path, credentials: SigningCredentials, signer: SignerFiles
) -> None:
    report = read_manifest(_signed_jpeg(tmp_path, credentials), "jpeg", signer.authority)

    assert report is not None
    assert report.state == "trusted"


@pytest.mark.parametrize("place", [-200, -2000])
def test_one_changed_byte_makes_it_invalid(
    tmp_path: Path, credentials: SigningCredentials, place: int
) -> None:
    data = bytearray(_signed_jpeg(tmp_path, credentials))
    data[place] ^= 1

    report = read_manifest(bytes(data), "jpeg")
    found = read_provenance(bytes(data))

    assert report is not None
    assert not report.holds
    assert any("mismatch" in code.lower() for code in report.failures)
    label = next(one for one in found.labels if one.standard == "c2pa")
    assert (label.is_valid, label.claim) == (False, "ai_suspected")


def test_signing_leaves_the_other_marks_as_they_are(tmp_path: Path, credentials: SigningCredentials) -> None:
    data = _signed_jpeg(tmp_path, credentials)

    check_image(data, MARK)
    found = read_provenance(data)
    assert [label.standard for label in found.labels] == ["aigc", "iptc", "c2pa"]
    assert found.answer == Answer.YES


def test_a_signed_video_keeps_its_mark_and_its_index_first(
    tmp_path: Path, credentials: SigningCredentials
) -> None:
    source, labelled, signed = tmp_path / "a.mp4", tmp_path / "b.mp4", tmp_path / "c.mp4"
    write_mp4(source, [gradient()] * 10)
    write_video(source, labelled, MARK, TYPE)

    sign_file(labelled, signed, "video/mp4", CLAIM, credentials)

    check_video(signed, MARK)
    report = read_manifest(signed, "mp4")
    assert report is not None
    assert report.state == "valid"
    changed = bytearray(signed.read_bytes())
    changed[len(changed) // 2] ^= 1
    broken = read_manifest(bytes(changed), "mp4")
    assert broken is not None
    assert not broken.holds


def test_the_manifest_names_the_photo_by_its_hash_and_holds_none_of_its_pixels(
    tmp_path: Path, credentials: SigningCredentials
) -> None:
    data = _signed_jpeg(tmp_path, credentials)

    with c2pa.Reader("image/jpeg", io.BytesIO(data)) as reader:
        store = json.loads(reader.json())
    active = store["manifests"][store["active_manifest"]]
    (ingredient,) = active["ingredients"]
    assert (ingredient["title"], ingredient["format"]) == ("photo", "image/png")
    assert (ingredient["relationship"], ingredient["instance_id"]) == ("inputTo", f"sha256:{PHOTO.sha256}")
    assert "thumbnail" not in json.dumps(store)
    inputs = next(one["data"] for one in active["assertions"] if one["label"] == INPUTS_ASSERTION)
    assert inputs == {"inputs": [{"role": "photo", "sha256": PHOTO.sha256, "labels": ["aigc:ai"]}]}


def test_a_key_of_another_certificate_is_refused(tmp_path: Path, signer: SignerFiles) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = signer_files(folder)

    with pytest.raises(CredentialsFault, match="does not belong"):
        SigningCredentials.load(signer.certificate, other.private_key)
    with pytest.raises(CredentialsFault):
        SigningCredentials.load(tmp_path / "missing.pem", other.private_key)


def test_a_file_that_is_no_picture_is_not_signed(tmp_path: Path, credentials: SigningCredentials) -> None:
    source = tmp_path / "junk.jpg"
    source.write_bytes(b"junk" * 100)

    with pytest.raises(CredentialsFault):
        sign_file(source, tmp_path / "signed.jpg", "image/jpeg", CLAIM, credentials)


def test_a_manifest_that_cannot_be_read_is_told_and_harms_nobody(
    tmp_path: Path, credentials: SigningCredentials
) -> None:
    data = _signed_jpeg(tmp_path, credentials)
    at = data.find(b"jumb")

    report = read_manifest(data[: at + 40] + b"\x00" * 400 + data[at + 440 :], "jpeg")

    assert report is None or not report.holds
