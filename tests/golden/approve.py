"""Write the bytes that the workflow makes now beside the numbers of its steps: make golden.

Refused where the number of a step and its bytes did not change together.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(1, str(Path(__file__).parents[1]))

from goldenledger import approve, moved, numbers, offences, read_approved
from goldenruns import run_all


def main() -> int:
    """Run the golden night, and approve of its products or say why not."""
    approved, now = read_approved(), numbers()
    with TemporaryDirectory(prefix="golden-") as folder:
        products = run_all(Path(folder))
    refused = offences(approved, products, now)
    if refused:
        print("\n\n".join(refused.values()), file=sys.stderr)
        return 1
    for step in ("given", *now):
        for name, what in moved(approved.products, products, step).items():
            print(f"{step}: {name} {what}")
    approve(products, now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
