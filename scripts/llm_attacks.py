"""Print what a language model may try as a drafter, what was refused, and what stood.

python scripts/llm_attacks.py
"""

from collections import Counter

from overread.evals.llm_attacks import ATTACKS, run


def main() -> None:
    """Play every attack, by a backend that lets its model say anything, and print a line for each."""
    print("| tried | refused | stood: worded, of these in other words | why |")
    print("| --- | --- | --- | --- |")
    for attack in ATTACKS:
        came = run(attack)
        kinds = ", ".join(f"{kind} {count}" for kind, count in Counter(kind for kind, _ in came.refused).items())
        why = came.note or (came.refused[0][1] if came.refused else "")
        print(f"| {came.attack} | {kinds or 'nothing'} | {came.worded} of {came.asked}, {len(came.changed)} | {why} |")


if __name__ == "__main__":
    main()
