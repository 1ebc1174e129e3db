# Where the package and the defaults of the configuration lie.  That is beside this folder, also in
# a workflow that imports Plateworks as a module (workflow.basedir is the importing workflow's).
import io
import subprocess
import sys
import tarfile
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from snakemake.sourcecache import LocalSourceFile


def unpacked(source, folder):
    """Unpack the package and the configuration of a module that is imported from a git host.

    Of such a module Snakemake fetches single files, each script when its job begins, into a cache.
    The package goes to its place beside the cached scripts, where they look for what they import.
    """
    git = ["git", "-C", source.hosted_repo.repo.git_dir]
    command = [*git, "archive", source.ref, "config", "scripts/plateworks"]
    if not (folder / "scripts" / "plateworks").exists():
        packed = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
        with (
            TemporaryDirectory(dir=folder) as part,
            tarfile.open(fileobj=io.BytesIO(packed)) as tar,
        ):
            tar.extractall(part, filter="data")
            for name in ("config", "scripts/plateworks"):
                with suppress(OSError):  # another process came first
                    Path(part, name).rename(folder / name)
    return folder


HERE = workflow.current_basedir
if isinstance(HERE, LocalSourceFile):
    HOME = Path(HERE.get_path_or_uri(secret_free=True)).parent
else:
    HOME = unpacked(HERE, Path(workflow.source_path("../scripts/master.py")).parents[1])

sys.path.insert(0, f"{HOME}/scripts")
