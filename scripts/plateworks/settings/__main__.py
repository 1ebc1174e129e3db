"""``python -m plateworks.settings CONFIG``: write what is known of the settings into the folder."""

import sys
from pathlib import Path

from plateworks.settings.guide import with_tables
from plateworks.settings.profiles import CameraProfile, SiteProfile
from plateworks.settings.schema import schema_text
from plateworks.settings.settings import Settings
from plateworks.settings.yamlfile import yaml_of


def files_of(folder: Path) -> dict[Path, str]:
    """Return the files that are written, each with its text."""
    guide, schemas = folder / "README.md", folder / "schemas"
    return {
        folder / "config.yaml": yaml_of(Settings),
        schemas / "config.schema.yaml": schema_text(Settings),
        schemas / "camera.schema.yaml": schema_text(CameraProfile, "Profile of a camera"),
        schemas / "site.schema.yaml": schema_text(SiteProfile, "Profile of a site"),
        guide: with_tables(guide.read_text(encoding="utf-8"), Settings),
    }


if __name__ == "__main__":
    for path, text in files_of(Path(sys.argv[1])).items():
        path.write_text(text, encoding="utf-8")
