"""The question of an item as every system is asked it."""

from overread.evals.benchmarks._item import Choice, Item, Several


def worded(item: Item) -> str:
    """Give the question with its options, if it has any, and how to answer."""
    gold = item.gold
    if isinstance(gold, Choice):
        options = " ".join(f"{letter}: {text}." for letter, text in gold.options.items())
        return f"{item.question} {options} Answer with the letter."
    if isinstance(gold, Several) and gold.options:
        return f"{item.question} Name all that apply of: {', '.join(gold.options)}."
    return item.question
