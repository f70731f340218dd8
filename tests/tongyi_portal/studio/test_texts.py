"""Scripts, templates and the server's texts fit together."""

import re
from pathlib import Path

import pytest

from generation.states import JobState
from generation.texts import PHOTO_FAULTS
from tongyi_portal.studio import texts


@pytest.fixture(scope="module")
def scripts(project_root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (project_root / "static/studio/js").glob("*.js")}


def test_every_text_that_a_script_asks_for_exists(scripts: dict[str, str]) -> None:
    asked = {key for source in scripts.values() for key in re.findall(r'\btext\("(\w+)"', source)}
    assert len(asked) > 30
    assert asked - set(texts.TEXTS) == set()


def test_every_text_is_asked_for(scripts: dict[str, str]) -> None:
    source = "\n".join(scripts.values())
    stems = set(re.findall(r"`(\w+?)\$\{", source))
    unused = [
        key
        for key in texts.TEXTS
        if f'"{key}"' not in source and not any(key.startswith(stem) for stem in stems)
    ]
    assert unused == []


def test_every_state_of_a_job_has_a_word() -> None:
    assert {f"state_{state}" for state in JobState.values} <= set(texts.TEXTS)


def test_faults_and_their_drawings_exist(project_root: Path) -> None:
    assert set(texts.HINT_OF_REASON) <= set(PHOTO_FAULTS)
    assert set(texts.HINT_OF_REASON.values()) <= set(texts.HINTS)
    drawings = {path.stem for path in (project_root / "static/studio/img").glob("hint-*.svg")}
    assert drawings == {f"hint-{key}" for key in texts.HINTS}


def test_scripts_import_only_what_exists(scripts: dict[str, str]) -> None:
    for name, source in scripts.items():
        for names, module in re.findall(r'import (?:\* as \w+|\{([^}]*)\}) from "\./([\w.]+)"', source):
            assert module in scripts, f"{name} imports {module}"
            for wanted in filter(None, (part.strip() for part in names.split(","))):
                declared = rf"export (?:async )?(?:function|const|class) {wanted}\b"
                assert re.search(declared, scripts[module]), f"{name} imports {wanted} from {module}"


def test_every_icon_that_is_used_is_drawn(project_root: Path) -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (project_root / "static/studio/img/icons.svg").read_text()))
    pages = [path.read_text() for path in (project_root / "tongyi_portal/templates/studio").rglob("*.html")]
    conditional = re.compile(r"#\{% if [^%]*%\}(\w+)\{% else %\}(\w+)\{% endif %\}")
    used = {name for page in pages for name in re.findall(r'(?:\}\}|%\})#(\w+)"', page)}
    used |= {name for page in pages for pair in conditional.findall(page) for name in pair}
    assert used == drawn
