"""Where the project and its changing data lie."""

from pathlib import Path

from tongyi_portal.settings import env

BASE_DIR = Path(__file__).resolve().parents[2]
VAR_DIR = env.folder("VAR_DIR", BASE_DIR / "var")
