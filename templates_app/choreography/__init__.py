"""The table of dances that the project brings along: CHOREOGRAPHIES, slug -> Choreography. Pure Python."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from templates_app.poses.sequence import PoseSequence


@dataclass(frozen=True)
class Choreography:
    """One of our own dances.

    slug: stable key, also the name of its module in `dances`. bpm, beats: tempo, and length of the loop.
    category: one of "trend", "folk", "street", "pop", "gentle". tags: lower-case English words.
    is_full_body: the feet dance too, so a photo must show the whole person.
    build: composes the movement, about 20 ms a performer; a new sequence each time, blazepose_33, 30 fps, a
    loop.
    people: how many perform. is_cropped: the frame ends at the hips, as for somebody who sits.
    """

    slug: str
    name_zh: str
    name_en: str
    description_zh: str
    description_en: str
    bpm: float
    beats: int
    category: str
    tags: tuple[str, ...]
    is_full_body: bool
    build: Callable[[], PoseSequence]
    people: int = 1
    is_cropped: bool = False


def _builder(slug: str, *, is_cropped: bool = False) -> Callable[[], PoseSequence]:
    """Imports the dance on the first call, so that reading the table costs nothing."""

    def build() -> PoseSequence:
        staging = import_module("templates_app.choreography.staging")
        dance = import_module(f"templates_app.choreography.dances.{slug}")
        performances = staging.perform(dance.roles())
        sequence: PoseSequence = staging.stage(performances, is_cropped=is_cropped)
        return sequence

    return build


_ALL = (
    Choreography(
        slug="kemusan",
        name_zh="科目三",
        name_en="Subject Three (Kemusan)",
        description_zh="踩着节拍颠起来：小腿交叉勾踢，手腕左右甩花，胯跟着摆。",
        description_en="Bounce on the beat, flick a shank across the other leg, whip the wrists.",
        bpm=126,
        beats=16,
        category="trend",
        tags=("viral", "legs", "energetic"),
        is_full_body=True,
        build=_builder("kemusan"),
    ),
    Choreography(
        slug="mongolian",
        name_zh="蒙古舞",
        name_en="Mongolian dance",
        description_zh="雄鹰展翅的软手、抖动的肩膀，最后挽缰扬鞭骑马奔驰。",
        description_en="Eagle wings with soft wrists, shaking shoulders, then a ride with rein and whip.",
        bpm=108,
        beats=16,
        category="folk",
        tags=("arms", "shoulders", "horse"),
        is_full_body=True,
        build=_builder("mongolian"),
    ),
    Choreography(
        slug="wave",
        name_zh="手臂波浪",
        name_en="Arm wave",
        description_zh="一道波浪从左手指尖逐节传到右手指尖，再传遍全身。",
        description_en="A wave runs joint by joint from left to right fingertips, and then down the body.",
        bpm=104,
        beats=16,
        category="street",
        tags=("arms", "popping", "smooth"),
        is_full_body=False,
        build=_builder("wave"),
    ),
    Choreography(
        slug="idle_sway",
        name_zh="轻轻摇摆",
        name_en="Gentle sway",
        description_zh="重心在两脚间慢慢移动，呼吸自然，手边有一点小动作。",
        description_en="The weight drifts from foot to foot, the chest breathes, a hand opens now and then.",
        bpm=72,
        beats=8,
        category="gentle",
        tags=("slow", "portrait", "calm"),
        is_full_body=False,
        build=_builder("idle_sway"),
    ),
    Choreography(
        slug="disco_point",
        name_zh="迪斯科",
        name_en="Disco point",
        description_zh="手臂斜上斜下指，胯部跟着顶，再来一段绕手和击掌。",
        description_en="One arm points up and down with the hip, then the forearms roll and the hands clap.",
        bpm=116,
        beats=16,
        category="pop",
        tags=("retro", "arms", "hips"),
        is_full_body=True,
        build=_builder("disco_point"),
    ),
    Choreography(
        slug="shuffle",
        name_zh="鬼步舞",
        name_en="Shuffle",
        description_zh="脚跟脚尖横向滑行的 T 步，接着原地踢腿，手臂摆起来。",
        description_en="The T-step walks sideways on heel and toe, then kicks in place with pumping arms.",
        bpm=128,
        beats=16,
        category="street",
        tags=("legs", "energetic", "t-step"),
        is_full_body=True,
        build=_builder("shuffle"),
    ),
    Choreography(
        slug="yangge",
        name_zh="秧歌",
        name_en="Yangge",
        description_zh="十字步扭起来，手腕像转手绢一样画圈，喜庆热闹。",
        description_en="The cross step with twisting hips, each wrist circling as if with a handkerchief.",
        bpm=116,
        beats=16,
        category="folk",
        tags=("festival", "handkerchief", "hips"),
        is_full_body=True,
        build=_builder("yangge"),
    ),
    Choreography(
        slug="kpop_point",
        name_zh="女团律动",
        name_en="K-pop point",
        description_zh="交叉、打开、指点、头顶比心、双手框脸，一拍一个定点。",
        description_en="Cross, open, point, a heart overhead, hands framing the face, shoulder pops.",
        bpm=120,
        beats=16,
        category="pop",
        tags=("idol", "heart", "hits"),
        is_full_body=True,
        build=_builder("kpop_point"),
    ),
    Choreography(
        slug="pair_mirror",
        name_zh="双人对舞",
        name_en="Mirror duo",
        description_zh="两个人互为镜像：顶胯、击掌、侧步扬手，最后一起比一颗心。",
        description_en="Two dancers mirror each other: hips, claps, side steps, and one heart for both.",
        bpm=112,
        beats=16,
        category="trend",
        tags=("energetic", "heart", "hips"),
        is_full_body=True,
        build=_builder("pair_mirror"),
        people=2,
    ),
    Choreography(
        slug="hand_dance",
        name_zh="手势舞",
        name_en="Hand dance",
        description_zh="坐着也能跳：挥手、交叉、比心、捧脸、绕手，半身照就可以。",
        description_en="Danced in a seat: wave, cross, heart, cheeks in the palms; half a photo will do.",
        bpm=100,
        beats=16,
        category="trend",
        tags=("arms", "heart", "portrait"),
        is_full_body=False,
        build=_builder("hand_dance", is_cropped=True),
        is_cropped=True,
    ),
)
CHOREOGRAPHIES: dict[str, Choreography] = {choreography.slug: choreography for choreography in _ALL}
