"""The sentences that people are asked to agree to, by version and language; an old version never changes."""

from collections.abc import Mapping
from typing import NamedTuple


class ConsentWording(NamedTuple):
    """One version of the sentence, for each relation to the person in the picture."""

    chinese: Mapping[str, str]
    english: Mapping[str, str]


CURRENT = "2026-11"
WORDINGS: Mapping[str, ConsentWording] = {
    CURRENT: ConsentWording(
        chinese={
            "self": (
                "我就是照片中的人。我单独同意：用这张照片（含我的面部和身体特征）生成带有人工智能标识的视频；"
                "我可以随时在“我的数据”中撤回同意，届时照片和由它生成的作品都会被删除。"
            ),
            "permission": (
                "我已告知照片中的人，并取得其单独同意：用这张照片（含其面部和身体特征）生成带有人工智能标识的视频；"
                "同意可以随时撤回，届时照片和由它生成的作品都会被删除。"
            ),
            "guardian": (
                "照片中的人未成年，我是其监护人。我单独同意：用这张照片（含其面部和身体特征）生成带有人工智能标识的视频；"
                "同意可以随时撤回，届时照片和由它生成的作品都会被删除。"
            ),
        },
        english={
            "self": (
                "I am the person in this photo. I separately agree that it, with my face and body, is made "
                "into a video that is marked as AI-generated. I can withdraw this at any time under “My "
                "data”; the photo and everything made from it are then deleted."
            ),
            "permission": (
                "I have told the person in this photo, and they separately agree that it, with their face "
                "and body, is made into a video that is marked as AI-generated. They can withdraw this at "
                "any time; the photo and everything made from it are then deleted."
            ),
            "guardian": (
                "The person in this photo is a minor and I am their guardian. I separately agree that it, "
                "with their face and body, is made into a video that is marked as AI-generated. This can "
                "be withdrawn at any time; the photo and everything made from it are then deleted."
            ),
        },
    )
}


def consent_sentences(language: str, version: str = CURRENT) -> Mapping[str, str]:
    """The sentence for each relation; `language` is a tag such as "en" or "zh-hans"."""
    wording = WORDINGS[version]
    return wording.chinese if language.lower().startswith("zh") else wording.english
