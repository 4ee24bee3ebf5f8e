"""Make the caches that training and evaluation read, those that are missing.

    python -m training.prepare

About fifteen minutes on two cores: real films at 256 px (half a minute), phantoms (8,000; 7 to 15 minutes), and what
the fine-tuned trunk sees of films and phantoms (3). Delete a file under .training/cache to make it anew.
"""

from training import data, distil, phantom_cache
from training.paths import WORK

STEPS = (
    ("real.npz", data.main),
    ("phantoms.npz", phantom_cache.main),
    ("distil.npz", distil.main),
)


def main() -> None:
    """Run each step whose file is not there."""
    for name, make in STEPS:
        path = WORK / "cache" / name
        if not path.exists():
            print(f"making {path}")
            make()


if __name__ == "__main__":
    main()
