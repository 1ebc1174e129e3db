"""The files of profiles: ``cameras/*.yaml`` and ``sites/*.yaml`` of a folder.

Those that come along lie in ``config``, a person's own where ``profiles`` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from plateworks.errors import ConfigError
from plateworks.settings.configuration import load_yaml_in_words
from plateworks.settings.profilechecks import mistakes_of
from plateworks.settings.profiles import CameraProfile, Profiles, SiteProfile, names_of
from plateworks.settings.reading import read_section
from plateworks.settings.repeated import refuse_repeated
from plateworks.settings.section import Section
from plateworks.settings.zones import zone_of

#: Folder of profiles -> what they are.
_KINDS: dict[str, type[Section]] = {"cameras": CameraProfile, "sites": SiteProfile}
_ENDINGS = (".yaml", ".yml")


def read_profiles(own: str | Iterable[str], along: str | Path) -> Profiles:
    """Read the profiles of a person's own folders, then those that come along.

    Parameters
    ----------
    own : str, or iterable of str
        The setting ``profiles``.
    along : path
        Their folder, which need not be there.

    Raises
    ------
    ConfigError
        If a folder is not there or holds no profiles, or a file is not what it should be.
    """
    found: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    own = (own,) if isinstance(own, str) else tuple(own)
    for folder in own:
        if not any((Path(folder) / kind).is_dir() for kind in _KINDS):
            raise ConfigError(
                f"Config key profiles: {folder} has no folder cameras and none named sites; put "
                "profiles into such folders."
            )
    places = [(Path(folder), True) for folder in own] + [(Path(along), False)]
    for place, is_own in places:
        for kind, section in _KINDS.items():
            found[kind] += _read_folder(place / kind, section, is_own)
    return Profiles(tuple(found["cameras"]), tuple(found["sites"]))


def _read_folder(folder: Path, section: type[Section], own: bool) -> list[Any]:
    """Return the profiles of a folder, of which no two have one name.

    Those that come along say no key twice, which a test sees to: a run need not look.
    """
    profiles, of_name = [], dict[str, Path]()
    for path in sorted(one for one in folder.glob("[!.]*") if one.suffix.lower() in _ENDINGS):
        if own:
            refuse_repeated(path)
        profile: Any = _read_file(path, section)
        for name in dict.fromkeys(names_of(profile)):
            if not name:
                raise ConfigError(f"{path}: a name or an alias has neither letter nor digit.")
            if name in of_name:
                raise ConfigError(
                    f"{path}: {of_name[name].name} beside it goes by a name of {profile.name} too; "
                    "give each name once."
                )
            of_name[name] = path
        profiles.append(profile)
    return profiles


def _read_file(path: Path, section: type[Section]) -> Section:
    content = load_yaml_in_words(path, str(path))
    if not isinstance(content, dict):
        raise ConfigError(f"{path} holds no keys; a profile begins with its name.")
    try:
        profile = read_section(section, content)
    except ConfigError as error:
        raise ConfigError("\n".join(f"{path}: {one}" for one in str(error).split("\n"))) from None
    if isinstance(profile, CameraProfile):
        mistakes = [f"{path}: Config key {one}" for one in mistakes_of(profile)]
        if mistakes:
            raise ConfigError("\n".join(mistakes))
    if isinstance(profile, SiteProfile):
        if (profile.latitude is None) != (profile.longitude is None):
            raise ConfigError(
                f"{path}: latitude and longitude tell a place together; give both, or none."
            )
        if profile.timezone is not None:
            zone_of(profile.timezone, f"{path}: timezone")
    return profile
