"""Make the caches that training and evaluation read, those that are missing.

    python -m training.prepare

About twenty minutes on two cores: real films at 256 px (half a minute), phantoms (8,000; 7 to 15 minutes), what probes
of the frozen trunk say of the real films (4), and what the fine-tuned trunk sees of films and phantoms (8). Delete a
file under .training/cache to make it anew.
"""

from training import data, distil, phantom_cache, soft_labels
from training.paths import WORK

STEPS = (
    ("real.npz", data.main),
    ("phantoms.npz", phantom_cache.main),
    (soft_labels.CACHE, soft_labels.main),
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
